#!/usr/bin/env bash
# Make .venv hold exactly what requirements.lock names, and the package itself in editable form.
# A second call finds the stamp of the first and returns at once. Needs CPython >= 3.11; as root on a machine
# with apt-get, a missing Python or venv module is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv
stamp=$venv/lodestock-setup.sha256

say() { printf 'setup: %s\n' "$1" >&2; }
die() { say "$1"; exit 1; }

# What the environment depends on: the lock, the package's own metadata, this script and the folder's place.
fingerprint() {
  { pwd -P; cat requirements.lock pyproject.toml scripts/setup.sh; } | sha256sum | cut -d' ' -f1
}

suits() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
  local candidate
  for candidate in ${PYTHON:+"$PYTHON"} python3 python3.11 python3.12 python3.13 python3.14 python; do
    if suits "$candidate"; then command -v "$candidate"; return; fi
  done
  return 1
}

install_python() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  say "installing python3 and python3-venv with apt-get"
  apt install python3 python3-venv || { apt update && apt install python3 python3-venv; } || { printf '%s\n' "$told" >&2; return 1; }
}

# apt-get, heard only when it fails.
apt() { told=$(DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 "$@" 2>&1); }

# Two calls at once (make run beside make test) take turns on this file.
if command -v flock >/dev/null; then exec 9<scripts/setup.sh; flock 9; fi

want=$(fingerprint)
if [ -x "$venv/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then exit 0; fi

python=$(find_python) || { install_python && python=$(find_python); } ||
  die "needs Python 3.11 or newer with its venv module; install it or name one: PYTHON=/path/to/python make"

if ! { [ -x "$venv/bin/python" ] && suits "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }; then
  say "creating $venv with $("$python" --version)"
  "$python" -m venv --clear "$venv"
fi

pip() { "$venv/bin/python" -m pip "$@" -qq --disable-pip-version-check --no-deps; }

say "installing $(grep -c '==' requirements.lock) pinned packages (about a minute, once)"
pip install --require-hashes --only-binary :all: --requirement requirements.lock ||
  die "pip could not install requirements.lock; its message is above"
pip install --no-build-isolation --editable . || die "pip could not install the package itself; its message is above"

# Where Python is told not to write bytecode, every start would compile the package anew.
"$venv/bin/python" -m compileall -q src/lodestock

printf '%s\n' "$want" > "$stamp"
say "done: $("$venv/bin/python" --version) in $venv"
