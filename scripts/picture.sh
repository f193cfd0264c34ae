#!/usr/bin/env bash
# Renew docs/img/report-first-page.png from a real run of the README's scenario (maintainers only; needs Chromium and
# pngquant).
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
report=$(.venv/bin/lodestock run gallium-germanium-export-ban --format html | sed -n 's/^report: //p')
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
mkdir -p docs/img
chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
  --disable-component-update --disable-sync --user-data-dir="$profile" --hide-scrollbars \
  --window-size=1000,1350 --screenshot=docs/img/report-first-page.png "file://$report" 2>/dev/null
pngquant --force --ext .png 96 docs/img/report-first-page.png
wc -c docs/img/report-first-page.png
