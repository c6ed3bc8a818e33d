# `make` says what there is. Everything else is cargo's work.

# One profile for demo and tests: after either, the other has nothing left to compile. PROFILE=release for figures.
PROFILE ?= dev
CONFIG ?= tests/recordings/asterisk22/svarstid.toml

TARGET_FOLDER := $(or $(CARGO_TARGET_DIR),target)
BUILT := $(TARGET_FOLDER)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
PROGRAMS := -p svarstid -p embedded-clickhouse

.PHONY: help demo demo-once build test e2e-pbx dashboards check-dashboards chaos bench bench-build bench-growth bench-pictures bench-peers bench-dashboards backtest fuzz lint clean prerequisites

help:
	@echo 'make demo        the whole pipeline on a real recording; stays up until Ctrl-C'
	@echo 'make demo-once   the same without staying up; fails if an event is lost on the way'
	@echo 'make test        every test, then demo-once'
	@echo 'make e2e-pbx     real calls on a real Asterisk, read live (part of make test; root on Debian or Ubuntu)'
	@echo 'make chaos       real parts killed, frozen, cut off and starved, by SEED=1; FAULT=kill9_broker plays one (20 minutes for all)'
	@echo 'make dashboards  writes grafana/dashboards from crates/dashboards'
	@echo 'make check-dashboards  they and the alerts are current, Grafana'"'"'s schemas know them, and every query of theirs runs on a real engine (part of make test)'
	@echo 'make build       the programs, in $(BUILT)'
	@echo 'make bench       the figures of docs/performance.md, from a release build'
	@echo 'make bench-growth  how speed and memory change with what there is of everything; make bench-pictures draws it'
	@echo 'make bench-peers  the window stage beside Kafka Streams and Flink, ROUNDS=3 of RECORDS each (hours; nothing else may run)'
	@echo 'make bench-dashboards  how fast the dashboards are on YEARS=5 of generated calls (part of make bench; half an hour)'
	@echo 'make backtest    what the alerts find of DAYS=365 in which it is known what went wrong, by SEED=1 (up to half an hour)'
	@echo 'make fuzz        look for bytes that break a reader: TARGET=cel SECONDS=600 (nightly compiler, cargo-fuzz)'
	@echo 'make lint        formatting, clippy, licences'
	@echo 'make clean       remove what was built; fetched parts and data stay'
	@echo 'Variables: PROFILE ($(PROFILE)) is a cargo profile, CARGO_TARGET_DIR is honoured, CONFIG ($(CONFIG)).'

demo: build
	$(BUILT)/svarstid --config $(CONFIG) demo

demo-once: build
	$(BUILT)/svarstid --config $(CONFIG) demo --once

build: prerequisites
	cargo build --locked --profile $(PROFILE) $(PROGRAMS)

# The tests of a program build it: the demo then runs that one, instead of one with slightly other features of dependencies.
test: prerequisites
	@scripts/asterisk.sh
	@scripts/prometheus.sh
	@scripts/grafana-sdk.sh
	cargo test --locked --profile $(PROFILE) --workspace --no-fail-fast
	$(BUILT)/svarstid --config $(CONFIG) demo --once

e2e-pbx: build
	@scripts/asterisk.sh
	cargo test --locked --profile $(PROFILE) -p e2e --test asterisk_live

dashboards:
	cargo run --locked --quiet -p svarstid-dashboards --example write -- grafana/dashboards

check-dashboards: build
	@scripts/grafana-sdk.sh
	@scripts/prometheus.sh
	cargo test --locked --profile $(PROFILE) -p svarstid-dashboards
	cargo test --locked --profile $(PROFILE) -p e2e --test dashboards
	cargo test --locked --profile $(PROFILE) -p svarstid --test alerts

SEED ?= 1
FAULT ?=
chaos: prerequisites
	cargo build --locked --profile $(PROFILE) $(PROGRAMS) -p chaos
	$(BUILT)/chaos --seed $(SEED) $(if $(FAULT),--only $(FAULT))

# Always release: figures of an unoptimised build would mislead. The lines are kept in BENCH_JSON, too.
export BENCH_JSON ?= $(TARGET_FOLDER)/bench.json
BENCH := $(TARGET_FOLDER)/release/bench
bench: bench-build
	$(BENCH) keep -- scripts/bench.sh $(TARGET_FOLDER)/release/svarstid $(dir $(CONFIG)) $(CONFIG)
	$(BENCH) measure core pipeline collector latency recovery whole
	cargo run --locked --release -p svarstid-wire --example bench
	$(MAKE) bench-dashboards

# How throughput and memory change with sites, queues, calls, windows and partitions.
bench-growth: bench-build
	$(BENCH) measure growth-core growth-pipeline

# The rows of bench-growth as drawings.
bench-pictures:
	cargo run --locked --release -p bench -- draw docs/pictures

bench-build:
	$(MAKE) build PROFILE=release
	cargo build --locked --release -p bench

# tests/peers/README.md says what is compared. RECORDS: so many that a span takes MIN_S seconds; shorter ones are marked. They take as many
# seconds of event time as there are RECORDS_A_S in them, so that a pane has as many passes however many there are. SIDES: also
# streams_specific.
ROUNDS ?= 3
MIN_S ?= 180
RECORDS ?= 120000000
RECORDS_A_S ?= 2778
SIDES ?= streams,flink
bench-peers: prerequisites
	@scripts/peers.sh
	cargo run --locked --release -p peers -- --records $(RECORDS) --span-s $$(($(RECORDS) / $(RECORDS_A_S))) compare --rounds $(ROUNDS) --min-s $(MIN_S) \
		--sides $(SIDES) --peers "$${XDG_CACHE_HOME:-$$HOME/.cache}/svarstid/peers" \
		--folder $(TARGET_FOLDER)/peers --json $(TARGET_FOLDER)/peers/rounds.json

# Every query of the dashboards on so many years of generated calls: a quarter of an hour to fill them, as long again to ask.
YEARS ?= 5
bench-dashboards:
	$(MAKE) build PROFILE=release
	cargo build --locked --release -p bench
	$(BENCH) keep -- cargo run --locked --release -p e2e --example dashboard_bench -- $(YEARS)

# Calls, their metrics and the alerts of a generated municipality; docs/alerts.md has the figures. BLOCKS is a folder that keeps the metrics,
# MUNICIPALITY another configuration than `svarstid generate --print-config` prints: to try other alerts on the same calls.
DAYS ?= 365
INHABITANTS ?= 60000
backtest:
	@scripts/prometheus.sh
	DAYS=$(DAYS) SEED=$(SEED) INHABITANTS=$(INHABITANTS) MUNICIPALITY='$(MUNICIPALITY)' BLOCKS='$(BLOCKS)' \
		cargo test --locked --release -p svarstid --test backtest -- --ignored --nocapture a_year

TARGET ?=
SECONDS ?= 60
# What is found goes beside the corpus, which is kept small: docs/fuzzing.md.
fuzz:
	@test -f fuzz/fuzz_targets/$(TARGET).rs || { echo 'make fuzz TARGET=…: one of' $(notdir $(basename $(wildcard fuzz/fuzz_targets/*.rs))); exit 64; }
	mkdir -p fuzz/found/$(TARGET)
	cargo +nightly fuzz run --sanitizer none $(TARGET) fuzz/found/$(TARGET) fuzz/corpus/$(TARGET) -- \
		-max_total_time=$(SECONDS) -max_len=4096 -timeout=20 -print_final_stats=1

lint:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny check; else echo 'licences: tests/tidy checks them; cargo-deny, if installed, also asks for advisories'; fi

clean:
	cargo clean

prerequisites:
	@scripts/prerequisites.sh
