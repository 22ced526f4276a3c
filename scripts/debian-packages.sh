#!/bin/sh
# Installs the Debian packages of the servers that tests/live talks to, where that can be done.
# Where it cannot, says so and succeeds: each test that needs a server then skips and names its package
# (and fails instead when CI=true, see tests/live/conftest.py). No service is started here or by the tests'
# own servers, which run on free loopback ports as an unprivileged user.
set -eu

PATH=$PATH:/usr/sbin:/sbin
export PATH

missing=
for program in inspircd atheme-services ngircd znc openssl prosody chromium; do
    command -v $program >/dev/null || missing="$missing $program"
done
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || exit 0
case $missing in *chromium*) missing="$missing fonts-dejavu-core" ;; esac

cannot() {
    echo "Not installed:$missing. $1 The tests that need them will say so." >&2
    exit 0
}

command -v apt-get >/dev/null || cannot "There is no apt-get here."
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    cannot "That takes root, or sudo."
fi

echo "Installing the Debian packages:$missing" >&2

# A package starts its service when it is installed, unless this file says that it may not.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null || cannot "Root's rights were refused."
    trap '$as_root rm -f $policy' EXIT
    $as_root chmod 755 $policy
fi

apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 -o Dpkg::Lock::Timeout=120 -q "$@" \
        >&2 </dev/null
}
apt update || echo "The list of packages could not be fetched; trying with the one at hand." >&2
# shellcheck disable=SC2086  # several names
apt install -y --no-install-recommends $missing || cannot "apt-get failed, see above."
