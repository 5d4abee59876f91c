#!/bin/sh
# Runs a management command as the product's own user with the settings of /etc/zhicunbao.env.
set -eu
cd "$(dirname "$0")/.."
exec systemd-run --quiet --pipe --wait --collect --uid=zhicunbao --gid=zhicunbao \
    --working-directory="$PWD" --property=EnvironmentFile=/etc/zhicunbao.env \
    --property=UMask=0007 .venv/bin/python manage.py "$@"
