# `make run` shows what Martlet does; `make test` runs every test. Both set up what they need, and both can be run again.

CONFIGURATION ?= release
BUILD = swift build -c $(CONFIGURATION)
BIN = $(shell swift build -c $(CONFIGURATION) --show-bin-path 2>/dev/null)

.PHONY: run test build setup unit clients example lint bench clean

run: build
	MARTLET_BIN="$(BIN)" .venv/bin/python Examples/daily-retrain/demo.py

setup:
	@scripts/setup

build: setup
	$(BUILD) --product martlet
	$(BUILD) --product martlet-nursery

test: CONFIGURATION = debug
test: setup unit clients example

unit: setup
	swift build --build-tests --explicit-target-dependency-import-check error
	swift test --skip-build

clients: CONFIGURATION = debug
clients: setup
	swift build --product martlet
	MARTLET_BIN="$$(swift build --show-bin-path)" .venv/bin/python -m pytest -q Clients/tests

example: CONFIGURATION = debug
example: setup
	MARTLET_BIN="$$(swift build --show-bin-path)" .venv/bin/python Examples/daily-retrain/demo.py --check

lint:
	swift format lint --strict --recursive Sources Tests Benchmarks Package.swift

bench: setup
	swift build -c release

clean:
	rm -rf .build .venv martlet-data
