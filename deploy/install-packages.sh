#!/bin/sh
# Installs the system packages that are missing: `install-packages.sh run`, `test`, `sdk`, `relay` or `compare`.
# Debian and Ubuntu; as root or with sudo. Says what to install by hand where neither is there.
set -eu

python=${PYTHON:-python3}
missing=""

need() { # need PACKAGE COMMAND...: the package, unless the command succeeds
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}

has_package() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok'; }

need build-essential sh -c 'command -v cc && command -v make'
need python3 "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'
need python3-venv "$python" -c 'import venv, ensurepip'
need python3-dev "$python" -c 'import os, sysconfig; os.stat(os.path.join(sysconfig.get_path("include"), "Python.h"))'

if [ "$1" = test ] || [ "$1" = sdk ]; then
    need nodejs sh -c 'command -v node'
    need npm sh -c 'command -v npm'
fi

if [ "$1" = test ]; then
    need iproute2 sh -c 'command -v ip'
    need postgresql sh -c 'command -v /usr/lib/postgresql/*/bin/postgres'
    need procps sh -c 'command -v ps'
    if [ "$(. /etc/os-release && echo "${ID:-}")" = ubuntu ]; then
        need chromium-browser sh -c 'command -v chromium || command -v chromium-browser'
        need firefox sh -c 'command -v firefox'
    else
        need chromium sh -c 'command -v chromium'
        need firefox-esr sh -c 'command -v firefox-esr'
    fi
    for package in gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-nice \
        gir1.2-gstreamer-1.0 gir1.2-gst-plugins-bad-1.0 python3-gi fonts-dejavu-core; do
        need "$package" has_package "$package"
    done
fi

if [ "$1" = relay ]; then
    need coturn sh -c 'command -v turnserver'
fi

if [ "$1" = compare ]; then
    need janus sh -c 'command -v janus'
    need iproute2 sh -c 'command -v ip'
fi

[ -n "$missing" ] || exit 0
echo "installing:$missing"
sudo=""
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "run as root, or install these packages first:$missing" >&2; exit 1; }
    sudo=sudo
fi
command -v apt-get >/dev/null || { echo "no apt-get here; install these packages first:$missing" >&2; exit 1; }
$sudo apt-get update -q
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
