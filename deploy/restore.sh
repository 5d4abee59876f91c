#!/bin/sh
# Puts the backup in folder $1 back into an empty database and an empty ZHICUNBAO_VAR, and proves
# that it is whole. It overwrites nothing: what is there has to be moved away first.
set -eu
backup=$1
var=${ZHICUNBAO_VAR:?say where uploads belong}
(cd "$backup" && sha256sum --check --quiet SHA256SUMS)

if [ -e "$var/uploads" ] && [ -n "$(ls -A "$var/uploads")" ]; then
    echo "$var/uploads is not empty: move it away first" >&2
    exit 1
fi
ledger=${ZHICUNBAO_LEDGER_FOLDER:-$var/ledger}
if [ -e "$ledger/checkpoint" ]; then
    echo "$ledger is not empty: move it away first" >&2
    exit 1
fi
if [ -f "$backup/database.dump" ]; then
    tables=$(psql -XAt -c "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'" "$DATABASE_URL")
    if [ "$tables" -ne 0 ]; then
        echo "the database is not empty: create a new one" >&2
        exit 1
    fi
    pg_restore --no-owner --exit-on-error --single-transaction \
        --dbname="$DATABASE_URL" "$backup/database.dump"
else
    if [ -e "$var/zhicunbao.sqlite3" ]; then
        echo "$var/zhicunbao.sqlite3 is there: move it away first" >&2
        exit 1
    fi
    mkdir -p "$var"
    cp "$backup/database.sqlite3" "$var/zhicunbao.sqlite3"
fi
if [ -f "$backup/uploads.tar" ]; then
    tar -C "$var" -xf "$backup/uploads.tar"
fi
if [ -f "$backup/ledger.tar" ]; then
    mkdir -p "$ledger"
    tar -C "$ledger" -xf "$backup/ledger.tar"
fi
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
"$python" manage.py migrate --verbosity 0
"$python" manage.py ledger_seal --files
"$python" manage.py verify
