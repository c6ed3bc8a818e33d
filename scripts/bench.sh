#!/bin/sh
# The figures of docs/performance.md for `svarstid analyze`: how much of each kind of source goes through one core, start
# of the program included, the best of some runs because everything else on the machine can only make it slower.
# usage: bench.sh PROGRAM RECORDING_FOLDER CONFIG
set -eu
program=$1 recordings=$2 config=$3
runs=7

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Copies of a recording one after the other, each 800 s later, ids too: an hour becomes days.
copies() {
    for copy in $(seq "$2"); do
        gzip -dc "$1" | perl -pe "s/\\b(1[0-9]{9})\\b/\$1+$copy*800/ge"
    done
}

# Nanoseconds of the fastest run.
best_of() {
    best=
    for _ in $(seq "$runs"); do
        begun=$(date +%s%N)
        "$@" >"$work/out" 2>&1 # grep would stop early if it saw /dev/null
        took=$(($(date +%s%N) - begun))
        if [ -z "$best" ] || [ "$took" -lt "$best" ]; then best=$took; fi
    done
    echo "$best"
}

# name, recording, copies
measure() {
    copies "$recordings/$2" "$3" >"$work/$1"
    bytes=$(wc -c <"$work/$1") lines=$(wc -l <"$work/$1")
    calls=$("$program" --config "$config" analyze "$work/$1" 2>&1 >/dev/null | sed -n 's/.* \([0-9]*\) calls.*/\1/p')
    took=$(best_of "$program" --config "$config" analyze "$work/$1")
    echo "bench analyze_$1_mb_per_s $((bytes * 1000 / took)) MB/s"
    echo "bench analyze_$1_lines_per_s $((lines * 1000000000 / took)) lines/s"
    echo "bench analyze_$1_20000_calls_ms $((took / calls * 20000 / 1000000)) ms"
    counted=$(best_of grep -ac E "$work/$1")
    echo "bench analyze_$1_of_grep $((counted * 100 / took)) percent"
    rm "$work/$1"
}

measure ami ami.raw.txt.gz 30
measure queue_log queue_log.gz 1000
measure cel cel.csv.gz 60
