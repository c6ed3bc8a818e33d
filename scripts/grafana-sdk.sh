#!/bin/sh
# Grafana's foundation SDK for Python, which is generated from Grafana's own schemas: the oldest and the newest that PyPI has of those that the
# dashboards are for. Nothing is installed. Where it cannot be had, one line says that the test with it is left out.
set -eu

folder=${XDG_CACHE_HOME:-$HOME/.cache}/svarstid/grafana-sdk
versions='1769699998!10.1.0 1769699379!11.6.0'

if [ -e "$folder/complete" ]; then exit 0; fi
leave_out() {
    echo "the test with Grafana's schemas is left out: $*" >&2
    exit 0
}
command -v python3 >/dev/null || leave_out '`python3` is missing'
python3 -m pip --version >/dev/null 2>&1 || leave_out '`python3 -m pip` is missing'
command -v flock >/dev/null || leave_out '`flock` is missing'

mkdir -p "$folder"
exec 9>"$folder.lock"
flock 9
if [ -e "$folder/complete" ]; then exit 0; fi
echo "fetching Grafana's foundation SDK from PyPI into $folder" >&2
for version in $versions; do
    place=$folder/${version#*!}
    rm -rf "$place"
    mkdir "$place"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$place" "grafana-foundation-sdk==$version" >"$folder/said" 2>&1 ||
        leave_out "PyPI has no grafana-foundation-sdk==$version: $(tail -n 1 "$folder/said")"
    python3 -m zipfile -e "$place"/*.whl "$place"
    rm "$place"/*.whl
done
touch "$folder/complete"
