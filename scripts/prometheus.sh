#!/bin/sh
# Prometheus, Alertmanager and their tools for the tests: Debian's, unpacked into a folder of its own in the cache. Nothing is
# installed, and root is not needed. Where they cannot be had, one line says that the tests with them are left out.
set -eu

folder=${XDG_CACHE_HOME:-$HOME/.cache}/svarstid/prometheus
packages="prometheus prometheus-alertmanager"

if [ -e "$folder/complete" ]; then exit 0; fi
leave_out() {
    echo "the tests with a real Prometheus are left out: $*" >&2
    exit 0
}
for tool in apt-get dpkg-deb flock unshare; do
    command -v "$tool" >/dev/null || leave_out "\`$tool\` is missing; they need Debian or Ubuntu"
done

mkdir -p "$folder"
exec 9>"$folder.lock"
flock 9
if [ -e "$folder/complete" ]; then exit 0; fi

part=$folder.part
rm -rf "$part"
mkdir -p "$part/lists/partial" "$part/unpacked"
# Arguments: the command. Its output is shown only if it fails.
quietly() {
    if ! "$@" >"$part/said" 2>&1; then
        tail -n 5 "$part/said" >&2
        leave_out "\`$*\` failed"
    fi
}
echo "fetching Prometheus and Alertmanager from Debian into $folder" >&2
# Lists of our own: the machine's may be missing or old, and only root may renew them. As root apt would fetch as another user,
# who may not write here.
apt() { apt-get -q -o "Dir::State::lists=$part/lists" -o "Dir::Cache=$part" -o APT::Sandbox::User=root "$@"; }
quietly apt update
cd "$part"
# shellcheck disable=SC2086 # a list of words
quietly apt download $packages
for package in "$part"/*.deb; do quietly dpkg-deb -x "$package" "$part/unpacked"; done
for tool in prometheus promtool prometheus-alertmanager amtool; do
    [ -x "$part/unpacked/usr/bin/$tool" ] || leave_out "Debian's packages have no \`$tool\` any more"
done
rm -rf "$folder"
mkdir "$folder"
mv "$part/unpacked/usr/bin" "$folder/bin"
mv "$part/unpacked/usr/share/prometheus/alertmanager" "$folder/templates"
# Debian's Alertmanager looks for its templates at one place of the system, where only root could put them: it gets a system of its own.
mv "$folder/bin/prometheus-alertmanager" "$folder/bin/alertmanager"
cat >"$folder/bin/prometheus-alertmanager" <<'END'
#!/bin/sh
here=$(cd "$(dirname "$0")/.." && pwd)
exec unshare --map-root-user --mount sh -c '
    mount -t tmpfs none /usr/share && mkdir /usr/share/prometheus || exit 1
    cp -r "$0/templates" /usr/share/prometheus/alertmanager || exit 1
    exec "$0/bin/alertmanager" "$@"' "$here" "$@"
END
chmod +x "$folder/bin/prometheus-alertmanager"
# their web pages come as files of their own; alerts do not need them
touch "$folder/complete"
rm -rf "$part"
