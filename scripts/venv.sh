#!/bin/sh
# Makes the virtual environment $2 with the Python $1. Debian ships Python without venv, so that
# package is installed when it is missing and may be.
set -eu
python=$1
folder=$2

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Python 3.11 or newer is needed; name it: make demo PYTHON=/path/to/python3" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    "$(dirname "$0")/apt.sh" "python$version-venv" || {
        echo "Python's venv module is missing: install python$version-venv, then try again." >&2
        exit 1
    }
fi
echo "making $folder"
rm -rf "$folder"
"$python" -m venv "$folder"
