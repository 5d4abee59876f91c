#!/bin/sh
# Pins and hashes requirements/*.in into *.txt, for every platform and for Python 3.11 and newer.
# Pass --upgrade for newer versions. The lists name no registry: pip asks the one it is set up for.
set -eu
cd "$(dirname "$0")/.."
for list in base dev; do
    .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements" \
        "$@" "requirements/$list.in" -o "requirements/$list.txt"
done
# What is tested is what runs: the same versions in both lists.
for pin in $(grep -E '^[a-z0-9-]+==' requirements/base.txt | cut -d' ' -f1); do
    grep -q "^$pin " requirements/dev.txt || { echo "base.txt and dev.txt differ: $pin" >&2; exit 1; }
done
