#!/bin/sh
# Renew requirements.lock (what the server needs) and requirements-dev.lock (what the tests need besides).
set -eu
cd "$(dirname "$0")/.."
compile() { .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header "$@"; }
compile pyproject.toml --extra postgres --output-file requirements.lock
compile pyproject.toml --extra postgres --group dev --constraint requirements.lock --output-file requirements-dev.lock
