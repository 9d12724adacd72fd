# Everything from a bare Python 3.11 or newer: `make brief` reads an article, `make test` passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: brief test lint types check clean
.DELETE_ON_ERROR:

# A CPU build of torch first: the plain resolution would take the CUDA build, several gigabytes.
$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "torch>=2.8,<2.14"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev,ray]"
	touch $@

brief: $(VENV)/.installed
	$(BIN)/workbench brief examples/arabic.txt
	$(BIN)/workbench brief examples/english.txt

# -rs: what this machine could not run is listed with its reason, such as a browser that is not installed.
# One thread: networks as small as those of the tests lose time by waiting for each other's threads.
test: $(VENV)/.installed
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -rs

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed
	$(BIN)/mypy

check: test lint types

clean:
	rm -rf $(VENV)
