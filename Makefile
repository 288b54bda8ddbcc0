# Vouch: `make run` serves, `make test` checks everything that must hold, `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test format lint types lock bench clean notebooks pictures test-all

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
PYTHON := $(shell for name in python3 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-header --no-annotate -q pyproject.toml requirements/build.in

help: ## List the targets.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: $(VENV)/run.stamp ## Install, prepare and serve on 127.0.0.1:3000; Ctrl-C stops.
	@exec $(BIN)/vouch up

test: $(VENV)/dev.stamp ## Check format, lint, types, tests, and that the docs are in step.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest
	$(BIN)/vouch docs --check

test-all: test ## Everything, with the slow proofs too (a quarter of an hour).
	$(BIN)/pytest -m slow

format: $(VENV)/dev.stamp ## Format the code and sort its imports.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lint: $(VENV)/dev.stamp ## Look for mistakes without running anything.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/dev.stamp ## Check the types.
	$(BIN)/mypy

notebooks: $(VENV)/dev.stamp ## Open the notebooks in JupyterLab on 127.0.0.1.
	$(BIN)/jupyter lab --ip 127.0.0.1 notebooks

pictures: $(VENV)/dev.stamp ## Run the notebooks in place and keep their pictures (minutes).
	$(BIN)/python -m notebooks.redraw

bench: $(VENV)/dev.stamp ## Run the benchmarks and print what they measured (minutes).
	for name in starts requests refusals replay_signups facts windows stages history backtest real_signups million worlds; do $(BIN)/python -m benchmarks.$$name; echo; done

lock: $(VENV)/python.stamp ## Resolve the requirements anew, with hashes.
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$(BIN)/python -m venv "$$folder"; "$$folder/bin/python" -m pip install --quiet uv; \
	export PATH="$$folder/bin:$$PATH"; \
	$(LOCK) --extra training -o requirements/run.txt; \
	$(LOCK) --extra training --extra spark --extra redis --extra dev -c requirements/run.txt -o requirements/dev.txt; \
	$(LOCK) -c requirements/run.txt -o requirements/serving.txt

clean: ## Remove the environment and all caches; .vouch with its ledger stays.
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/python.stamp:
	@test -n "$(PYTHON)" || { echo "Vouch needs Python 3.11 or newer, and none was found:" \
		"install one (for example \`apt install python3\`) and try again." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make environments:" \
		"install its venv module (for example \`apt install python3-venv\`) and try again." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.stamp: $(VENV)/python.stamp requirements/run.txt
	@echo "Installing what Vouch needs (once, a minute or two)."
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/python.stamp requirements/dev.txt
	@echo "Installing what Vouch and its tests need (once, a minute or two)."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
