#!/bin/sh
# Writes one backup, database, uploads and seals, into folder $1 and removes those older than
# KEEP_DAYS (35). It reads DATABASE_URL and ZHICUNBAO_VAR as the product does. Neither the secret key
# nor the key that signs seals is in it.
set -eu
folder=$1
keep_days=${KEEP_DAYS:-35}
var=${ZHICUNBAO_VAR:?say where uploads are}
name=zhicunbao-$(date +%Y%m%d-%H%M%S)
# A half-written backup never carries the name of a whole one.
part=$folder/.$name.part
mkdir -p "$part"
trap 'rm -rf "$part"' EXIT

# Before the database: a seal without its rows would forbid sealing on. Its newest file first, so that
# what that one stands for is there. A tile that was filled meanwhile makes tar say 1.
ledger=${ZHICUNBAO_LEDGER_FOLDER:-$var/ledger}
if [ -f "$ledger/checkpoint" ]; then
    tar -C "$ledger" -cf "$part/ledger.tar" --exclude=./checkpoint checkpoint . || [ $? -eq 1 ]
fi
if [ -n "${DATABASE_URL:-}" ]; then
    pg_dump --format=custom --no-owner --file="$part/database.dump" "$DATABASE_URL"
else
    # SQLite's own backup is whole even while people work; a copy of the file may not be.
    "${PYTHON:-$(dirname "$0")/../.venv/bin/python}" - "$var/zhicunbao.sqlite3" "$part/database.sqlite3" <<'PYTHON'
import sqlite3
import sys

with sqlite3.connect(sys.argv[1]) as source, sqlite3.connect(sys.argv[2]) as target:
    source.backup(target)
PYTHON
fi
# After the database: a file that came in between is in the archive without a row, never a row
# without its file.
if [ -d "$var/uploads" ]; then
    tar -C "$var" -cf "$part/uploads.tar" uploads
fi
(cd "$part" && sha256sum -- * >SHA256SUMS)
mv "$part" "$folder/$name"
find "$folder" -maxdepth 1 -type d -name 'zhicunbao-*' -mtime "+$keep_days" -exec rm -rf {} +
echo "$folder/$name"
