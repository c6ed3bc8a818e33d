#!/bin/sh
# The peers of the benchmark (tests/peers): builds the jobs in Kafka Streams and in Flink into a folder in the cache. Their
# libraries come from Maven's registry; nothing is installed. Afterwards `kafka-streams` and `flink` in that folder start them.
# Where they cannot be had, one line says that they are left out.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/svarstid/peers

leave_out() {
    echo "the peers of the benchmark are left out: $*" >&2
    exit 0
}
for tool in java javac mvn flock; do
    command -v "$tool" >/dev/null || leave_out "\`$tool\` is missing; they need Java 17 or newer (with its compiler) and Maven"
done

mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
# what is built is of these sources; ours, and the words about them, are none
sources=$(cd "$here" && find tests/peers scripts/peers.sh -type f ! -path '*/ours/*' ! -name '*.md' | LC_ALL=C sort | xargs cat | cksum)
if [ "$(cat "$folder/complete" 2>/dev/null || true)" = "$sources" ]; then exit 0; fi
rm -rf "$folder"
mkdir -p "$folder"
echo "building the peers of the benchmark into $folder" >&2
if ! mvn -q -B -f "$here/tests/peers/pom.xml" "-Dpeers.folder=$folder" package dependency:copy-dependencies >"$folder/said" 2>&1; then
    grep ERROR "$folder/said" | head -n 5 >&2
    leave_out "\`mvn package\` failed"
fi

# Arguments: the peer, its class, its flags. PEER_JVM in the environment stands in for the flags.
starter() {
    cat >"$folder/$1" <<END_OF_STARTER
#!/bin/sh
here=\$(cd "\$(dirname "\$0")" && pwd)
# shellcheck disable=SC2086 # flags
exec java \${PEER_JVM:-$3} -cp "\$here/$1-peer/$1-peer.jar:\$here/$1-peer/lib/*" "$2" "\$@"
END_OF_STARTER
    chmod +x "$folder/$1"
}
# Why these flags: tests/peers/README.md
starter kafka-streams svarstid.peers.streams.Main "-Xms1g -Xmx1g -XX:+UseParallelGC"
starter flink svarstid.peers.flink.Main "-Xms1g -Xmx1g -XX:+UseParallelGC"
echo "$sources" >"$folder/complete"
