# Every target does its own set-up: a virtual environment in .venv with the versions of requirements.lock.
BIN := .venv/bin
JOBS ?= 2
SCENARIO ?= gallium-germanium-export-ban

.DEFAULT_GOAL := help
.PHONY: help setup run test lint docs bench lock clean

help:  ## Show the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## Create .venv and install the pinned packages (done by every other target)
	@scripts/setup.sh

run: setup  ## Solve the gallium and germanium export ban and write its report
	@$(BIN)/lodestock run $(SCENARIO)

test: setup  ## Run every test
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

lint: setup  ## Style, types, import layers, spelling
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/codespell

docs: setup  ## Rewrite the generated parts of the documentation and check all of it
	@$(BIN)/python scripts/write_scenario_docs.py
	@$(BIN)/python scripts/write_docs.py
	@$(BIN)/python scripts/check_docs.py

bench: setup  ## Time and memory of the main jobs, beside peers
	@$(BIN)/python benchmarks/run.py

lock:  ## Renew requirements.lock (needs uv)
	@scripts/lock.sh --upgrade

clean:  ## Remove the environment, caches and outcomes
	rm -rf .venv build dist outcomes benchmarks/out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
