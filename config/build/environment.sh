#!/usr/bin/env bash
# Make the Python environment in .venv and install one of the locks: environment.sh requirements.lock
set -euo pipefail
cd "$(dirname "$0")/../.."
lock=$1
venv=${VENV:-.venv}

# Behind a proxy with a certificate of its own, only the machine's list knows it.
certificates=/etc/ssl/certs/ca-certificates.crt
if [ -f "$certificates" ]; then
  export SSL_CERT_FILE=${SSL_CERT_FILE:-$certificates} PIP_CERT=${PIP_CERT:-$certificates}
fi

oldest='import sys; sys.exit(sys.version_info < (3, 11))'
python=
for name in python3 python3.14 python3.13 python3.12 python3.11; do
  if command -v "$name" >/dev/null && "$name" -c "$oldest" 2>/dev/null; then python=$name && break; fi
done
if [ -z "$python" ]; then
  echo "Constante needs Python 3.11 or later. On Debian or Ubuntu: apt install python3 python3-venv" >&2
  exit 1
fi

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo "$@"
  else return 1
  fi
}

if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
  # Debian keeps the module that puts pip into an environment in a package of its own.
  if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    echo "Installing $package ..."
    if ! { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null; }; then
      echo "Please install it and run make again: sudo apt install $package" >&2
      exit 1
    fi
  fi
  "$python" -m venv "$venv"
fi
if ! "$venv/bin/python" -m uv --version >/dev/null 2>&1; then
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "uv>=0.9"
fi
"$venv/bin/python" -m uv pip install --quiet --python "$venv/bin/python" --require-hashes -r "$lock"
