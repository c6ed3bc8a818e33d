#!/bin/sh
# A real Asterisk for the tests: Debian's, in a folder of its own in the cache, run by chroot; nothing else on the machine is
# touched. It takes a minute once, root, and Debian or Ubuntu. Where it cannot be had, one line says that the tests with it are left out.
set -eu

folder=${XDG_CACHE_HOME:-$HOME/.cache}/svarstid/asterisk
suite=sid # no stable release of Debian has Asterisk

if [ -e "$folder/complete" ]; then exit 0; fi
leave_out() {
    echo "the tests with a real Asterisk are left out: $*" >&2
    exit 0
}
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then leave_out "they need root on Debian or Ubuntu"; fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Arguments: the command. Its output is shown only if it fails: that suite of Debian is not always in order.
quietly() {
    if ! "$@" >"$log" 2>&1; then
        tail -n 10 "$log" >&2
        leave_out "\`$*\` failed"
    fi
}

root=$folder/root
rm -rf --one-file-system "$folder"
mkdir -p "$folder"
echo "fetching Asterisk from Debian into $folder" >&2
if ! command -v debootstrap >/dev/null || [ ! -e /usr/share/keyrings/debian-archive-keyring.gpg ]; then
    quietly apt-get -q update
    quietly env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends debootstrap debian-archive-keyring
fi
quietly debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg "$suite" "$root"
# No service may start.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$root/etc/resolv.conf"
quietly chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends asterisk
rm -rf "$root/var/lib/apt/lists" "$root/var/cache/apt/archives"
# Asterisk asks for its own name and for a root server's with each call: both are answered here, and nothing leaves the machine.
printf '127.0.0.1 localhost %s A.ROOT-SERVERS.NET a.root-servers.net\n' "$(uname -n)" >"$root/etc/hosts"
: >"$root/etc/resolv.conf"
quietly chroot "$root" asterisk -V
touch "$folder/complete"
