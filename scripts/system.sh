#!/bin/sh
# Sees to what the browser tests need outside Python: Chromium and a Chinese font. PostgreSQL is
# found, or brought by a wheel, in tests/postgres.py.
set -eu
missing=
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null; then
        browser=$name
        break
    fi
done
[ -n "${browser:-}" ] || missing="chromium"
# Without one every Chinese sign is an empty box and nothing on a page has its true width.
if ! find /usr/share/fonts /usr/local/share/fonts "${HOME:-/}/.local/share/fonts" "${HOME:-/}/.fonts" \
    -iname '*CJK*' -print 2>/dev/null | grep -q .; then
    missing="$missing fonts-noto-cjk"
fi
[ -n "$missing" ] || exit 0
# shellcheck disable=SC2086 -- several package names
"$(dirname "$0")/apt.sh" $missing || {
    echo "The browser tests need:$missing. Install by hand, then try again." >&2
    exit 1
}
