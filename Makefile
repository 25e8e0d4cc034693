# Everything starts here; no environment has to be activated.
#   make report   set up, run the reference scenario, build the report in both languages
#   make test     all tests
# Choose another Python with PYTHON=python3.12, another environment folder with VENV=...
# Options of JupyterLab: make lab LAB="--no-browser --allow-root" (on a server, in a container).

.DEFAULT_GOAL := help
.SUFFIXES:
.PHONY: help setup report test lab lock check bench clean-venv

PYTHON ?= python3
VENV ?= .venv
SCENARIO ?= scenarios/outreach-2024.yaml
BIN := $(VENV)/bin
STAMP := $(VENV)/.simlib-ready
REPORT := reports/$(basename $(notdir $(SCENARIO)))/index.html

help:
	@sed -n 's/^#\(   *make.*\)/\1/p' Makefile
	@echo "   other targets: setup lab check lock bench"

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@.ci/make-venv "$(PYTHON)" "$(VENV)"
	@touch $@

report: setup
	$(BIN)/simlib report $(SCENARIO) --lang ko --lang en
	@echo "Open in a browser: $(CURDIR)/$(REPORT)"

test: setup
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

lab: setup
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/notebooks $(LAB)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_conventions.py tests/test_numbers.py

bench: setup
	for each in population entitlement services uptake diffusion run; do \
		$(BIN)/python benchmarks/$$each.py || exit 1; \
	done

# The lock holds hashes and no host name; it includes the build backend.
lock: setup
	@command -v uv >/dev/null 2>&1 || test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	@uv=$$(command -v uv || echo $(BIN)/uv); \
	$$uv pip compile pyproject.toml requirements.in --extra dev --universal \
		--python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--custom-compile-command "make lock" --quiet --output-file requirements.lock

clean-venv:
	rm -rf "$(VENV)"
