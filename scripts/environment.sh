#!/bin/sh
# Makes an empty virtual environment, with pip in it, in the folder given as the one argument.
# PYTHON names the interpreter; unset, the first of the usual names that is new enough serves.
set -eu

venv=$1
log=$(mktemp)
trap 'rm -f "$log"' EXIT

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

python=
for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if command -v "$candidate" >/dev/null && new_enough "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Muster needs Python 3.11 or newer, and found none (${PYTHON:-python3 and python3.11 to 3.14} tried)."
    echo "Install one, or name it:  make PYTHON=/path/to/python3.12 run"
    exit 1
fi

make_venv() {
    "$python" -m venv --clear "$venv" >"$log" 2>&1
}

# Debian ships python3 without venv and pip. apt-get is asked only where that takes no password.
install_venv() {
    command -v apt-get >/dev/null || return 1
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ]; then as_root=; elif sudo -n true 2>/dev/null; then as_root="sudo -n"; else return 1; fi
    echo "Installing the Debian package $package ..."
    for again in no yes; do
        if [ "$again" = yes ]; then $as_root apt-get -qq update >>"$log" 2>&1 || return 1; fi
        if $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
            "$package" >>"$log" 2>&1; then return 0; fi
    done
    return 1
}

echo "Making $venv with $("$python" -V) ..."
if make_venv; then exit 0; fi
if install_venv && make_venv; then exit 0; fi
if "$python" -m venv --clear --without-pip "$venv" >>"$log" 2>&1 &&
    "$python" -m pip --version >/dev/null 2>&1 &&
    "$python" -m pip --python "$venv/bin/python" install --quiet pip >>"$log" 2>&1; then exit 0; fi

rm -rf "$venv"
cat "$log"
echo "The virtual environment could not be made: this Python has no venv module with pip."
echo "On Debian and Ubuntu install it, then run make again:  sudo apt-get install python3-venv"
exit 1
