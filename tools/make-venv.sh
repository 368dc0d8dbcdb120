#!/bin/sh
# Make the virtual environment. Debian keeps the venv module in a package of its own; install it where we may.
set -eu
python=$1 venv=$2
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "connect-mock needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1). Choose one: make PYTHON=python3.12 ..." >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    if [ "$(id -u)" = 0 ]; then
        apt-get update -q && apt-get install -y -q python3-venv
    else
        echo "Python's venv module is missing. Install it once: sudo apt-get install python3-venv" >&2
        exit 1
    fi
fi
exec "$python" -m venv "$venv"
