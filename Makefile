# Everything that is done to this project, from nothing but python3 and make. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.PHONY: help demo test test-full test-spark faults fuzz bench bench-year check format docs ui clean

PYTHON ?= python3
BIN := .venv/bin
CODE := assets pipelines tests data

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z.-]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The stamp is written last: an installation that broke off is done again.
.venv: .venv/stamp ## create the environment that requirements.lock pins
.venv/stamp: requirements.lock pyproject.toml
	@echo "Creating .venv …"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv --clear .venv
	@echo "Installing what requirements.lock pins (about a minute) …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .
	@touch $@

demo: .venv/stamp ## settle fourteen days of real orders in data/home
	@$(BIN)/settle demo data/home
	@$(BIN)/settle run --home data/home --from 2011-10-04 --to 2011-10-17

# Spark and what it needs: half a gigabyte, so only where its tests run, or somebody settles with --engine spark.
.venv/spark: requirements-spark.lock .venv/stamp
	@echo "Installing what requirements-spark.lock pins (some minutes) …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r requirements-spark.lock
	@touch $@

test: .venv/stamp ## run the tests, but for those that need a system package
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not system and not spark"

# Commands that the system's packages bring, each with its package. Fonts bring no command: dpkg knows them.
SYSTEM := gpg:gnupg chromium:chromium chromedriver:chromium-driver hledger:hledger
FONTS := fonts-noto-cjk
# Java 17 on Debian 12, 21 on Debian 13: Spark runs on both. Its package wants a folder that slim images lack.
JAVA := default-jre-headless

test-full: .venv/stamp ## run the tests that need system packages, installing with apt what is missing
	@missing=""; \
	for each in $(SYSTEM); do command -v "$${each%%:*}" >/dev/null || missing="$$missing $${each##*:}"; done; \
	dpkg -s $(FONTS) >/dev/null 2>&1 || missing="$$missing $(FONTS)"; \
	if [ -n "$$missing" ]; then \
	  echo "Installing$$missing …"; \
	  apt-get -qq update; DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing >/dev/null; \
	fi
	@$(BIN)/python -m pytest -q -m "system and not spark"

test-spark: .venv/spark ## run the tests that need Spark, installing Java 17 with apt where there is none
	@command -v java >/dev/null || { \
	  echo "Installing $(JAVA) …"; \
	  mkdir -p /usr/share/man/man1; \
	  apt-get -qq update; DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $(JAVA) >/dev/null; \
	}
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal -m spark $(ARGS)

faults: .venv/stamp ## kill and fail a day at every call that changes its home: ARGS="--seed 1 --home small"
	@$(BIN)/python -m tests.faults --all $(ARGS)

bench: .venv/stamp ## settle a generated day and compare its cost with copying it: ARGS="--orders 1M --profile --json"
	@$(BIN)/python -m tests.bench $(ARGS)

bench-year: .venv/stamp ## settle a year of equal days and compare the last with an early one: ARGS="--orders 100k --days 365"
	@$(BIN)/python -m tests.bench.year $(ARGS)

fuzz: .venv/stamp ## try ten thousand hostile exports and rules: ARGS="--inputs 10000 --seed 1 --workers 2"
	@$(BIN)/python -m tests.fuzz $(ARGS)

check: .venv/stamp ## format, lint, types, the rules of the house, dead code
	@echo "format"
	@$(BIN)/ruff format --check --quiet --output-format concise $(CODE) || { echo "make format mends this" >&2; exit 1; }
	@echo "lint"
	@$(BIN)/ruff check --quiet --output-format concise $(CODE)
	@echo "types"
	@$(BIN)/mypy --no-error-summary assets pipelines
	@echo "SQL, import direction, tree, dead code"
	@$(BIN)/python -m pytest -q tests/house
	@echo "check: all is well"

format: .venv/stamp ## bring the code into the house's format
	@$(BIN)/ruff check --quiet --fix-only $(CODE)
	@$(BIN)/ruff format $(CODE)

docs: .venv/stamp ## write contract.md, tables.md and presets.md of docs/ from the code and the presets
	@$(BIN)/python -m pipelines.contract_page > docs/contract.md
	@$(BIN)/python -m pipelines.tables_page > docs/tables.md
	@$(BIN)/python -m pipelines.presets_page > docs/presets.md

ui: .venv/stamp ## the web page of the runs, on 127.0.0.1
	@$(BIN)/settle ui

clean: ## remove the environment and caches; data/home stays
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
