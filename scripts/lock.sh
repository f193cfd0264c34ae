#!/usr/bin/env bash
# Write requirements.lock from pyproject.toml (maintainers only; needs uv). Versions and hashes, no addresses.
set -euo pipefail
cd "$(dirname "$0")/.."

UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile pyproject.toml --output-file requirements.lock --quiet \
  --universal --python-version 3.11 --all-extras --generate-hashes --no-annotate --no-emit-index-url "$@"
