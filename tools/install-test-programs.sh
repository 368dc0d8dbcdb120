#!/bin/sh
# The real peers of the tests: openssl, curl, nginx, strace, PostgreSQL, Node with npm, a JDK with JUnit. What is missing is
# installed where we are root; elsewhere the tests that need it skip by name (or fail, with CONNECT_MOCK_TEST_REQUIRE=all).
set -eu
missing=""
want() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
PATH="$PATH:/usr/sbin:/sbin"
want openssl openssl
want curl curl
want nginx nginx-light
want strace strace
want node nodejs
want npm npm
want javac default-jdk-headless
want chromium chromium
[ -e /usr/share/java/junit-platform-console.jar ] || missing="$missing junit5"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ]; then
    echo "Not installed:$missing. Their tests will skip; to run them: sudo apt-get install$missing" >&2
    exit 0
fi
echo "Installing$missing ..."
# A package must not start its service here: the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null
# shellcheck disable=SC2086
apt-get install -y -q --no-install-recommends $missing >/dev/null
