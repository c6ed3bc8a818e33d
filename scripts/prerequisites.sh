#!/bin/sh
# What `make demo` and `make test` need. As root on Debian or Ubuntu, what is missing is installed; elsewhere one line says
# what is missing and how to get it. Silent if everything is there.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
rust_wanted=$(sed -n 's/^rust-version = "\([0-9.]*\)".*/\1/p' "$top/Cargo.toml")
java_wanted=17

fail() {
    echo "svarstid: $*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# True if version $1 is at least $2.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

java_version() { java -version 2>&1 | sed -n 's/.*version "\([0-9][0-9]*\).*/\1/p' | head -n 1; }

good_java() { have java && at_least "$(java_version || echo 0)" "$java_wanted"; }

# Headers are asked of the compiler: where they lie differs from system to system.
good_zlib() { have cc && printf '#include <zlib.h>\n' | cc -E - >/dev/null 2>&1; }

check_machine() {
    [ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] ||
        fail "the ClickHouse engine of the local stack runs on Linux x86-64 only; elsewhere use docker compose up"
    grep -qw avx2 /proc/cpuinfo ||
        fail "this processor has no AVX2, which the ClickHouse engine of the local stack needs; run it on another machine"
}

check_rust() {
    how="get it by rustup (https://rustup.rs): rustup toolchain install stable"
    if ! have cargo || ! have rustc; then
        fail "Rust $rust_wanted or newer is missing; $how"
    fi
    rust_found=$(rustc --version | cut -d ' ' -f 2)
    at_least "$rust_found" "$rust_wanted" || fail "Rust is $rust_found, $rust_wanted or newer is needed; $how"
}

# Words that name what is missing; nothing if all is there.
missing() {
    if ! have cc || ! have c++ || ! have make; then echo compiler; fi
    good_zlib || echo zlib
    good_java || echo java
    have mvn || echo maven
    have npm || echo npm
}

# The newest Java that this system's packages offer; the default one where their lists were never fetched.
java_package() {
    newest=$(apt-cache search --names-only '^openjdk-[0-9]+-jre-headless$' | cut -d ' ' -f 1 | sort -V | tail -n 1)
    echo "${newest:-default-jre-headless}"
}

debian_packages() {
    for word in $1; do
        case $word in
        compiler) echo build-essential ;;
        zlib) echo zlib1g-dev ;;
        java) java_package ;;
        *) echo "$word" ;;
        esac
    done | tr '\n' ' ' | sed 's/ $//'
}

# Arguments: the command. Its output is shown only if it fails.
quietly() {
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        fail "\`$*\` failed"
    fi
    rm -f "$log"
}

install_on_debian() {
    quietly apt-get -q update
    packages=$(debian_packages "$1")
    echo "installing $packages" >&2
    # shellcheck disable=SC2086 # a list of words
    quietly env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $packages
}

how_to_install() {
    if have apt-get; then
        echo "as root: apt-get install $(debian_packages "$1")"
    elif have dnf; then
        echo "as root: dnf install gcc gcc-c++ make zlib-devel java-21-openjdk-headless maven npm"
    elif have pacman; then
        echo "as root: pacman -S base-devel zlib jre-openjdk-headless maven npm"
    else
        echo "install a C and C++ compiler, make, zlib's headers, Java $java_wanted or newer, Maven and npm"
    fi
}

check_machine
check_rust
lacking=$(missing | tr '\n' ' ')
if [ -n "$lacking" ] && have apt-get && [ "$(id -u)" = 0 ]; then
    install_on_debian "$lacking"
    lacking=$(missing | tr '\n' ' ')
fi
[ -z "$lacking" ] || fail "missing: ${lacking}(Java must be $java_wanted or newer); $(how_to_install "$lacking")"
