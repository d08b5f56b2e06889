# make demo   train a network on handwritten digits and print the gradient that trained it
# make test   install everything that the tests need, run them all
# make docs   bring the printed output in README and docs up to date
# Both build a virtual environment of their own in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test golden docs lint check format types bench clean

demo: $(VENV)/demo.installed
	$(BIN)/python examples/digits.py

test: $(VENV)/dev.installed
	$(BIN)/python -m pytest -n auto

golden: $(VENV)/dev.installed
	$(BIN)/python -m tests.golden

docs: $(VENV)/dev.installed
	$(BIN)/python -m tests.docs

lint: check format types

check: $(VENV)/dev.installed
	$(BIN)/ruff check .

format: $(VENV)/dev.installed
	$(BIN)/ruff format --check README.md docs benchmarks examples tests

types: $(VENV)/dev.installed
	$(BIN)/mypy

bench: $(VENV)/dev.installed
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "adjoint needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/dev.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,bench,dev]'
	touch $@
