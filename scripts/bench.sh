#!/bin/sh
# The figures of docs/performance.md for `svarstid analyze`: messages and bytes a second through one core, start of the
# program included, the best of some runs because everything else on the machine can only make it slower.
# usage: bench.sh PROGRAM RECORDING CONFIG
set -eu
program=$1 recording=$2 config=$3
runs=20

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gzip -dc "$recording" >"$work/recording"
bytes=$(wc -c <"$work/recording")
messages=$(grep -ac '^Event:' "$work/recording")

best=
for _ in $(seq "$runs"); do
    begun=$(date +%s%N)
    "$program" --config "$config" analyze "$work/recording" >/dev/null 2>&1
    took=$(($(date +%s%N) - begun))
    if [ -z "$best" ] || [ "$took" -lt "$best" ]; then best=$took; fi
done

echo "analyze: $messages messages, $bytes bytes in $((best / 1000000)) ms (best of $runs):" \
    "$((messages * 1000000000 / best)) messages/s, $((bytes * 1000 / best)) MB/s"
