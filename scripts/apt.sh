#!/bin/sh
# Installs Debian packages quietly, as root or by sudo without a password; fails otherwise.
set -eu
command -v apt-get >/dev/null || exit 1
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    exit 1
fi
echo "installing $*"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# An old package list points at files that are gone, so it is renewed first.
if ! { $as_root apt-get -q update &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"
} >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    exit 1
fi
