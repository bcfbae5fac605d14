# The usual targets. PYTHON names the interpreter of the environment to use.

PYTHON ?= python3

.PHONY: help install verify test lint types check generated clean

help:
	@echo "install    install tcpverify with what its development needs"
	@echo "verify     decide the checks of specs/, write reports/"
	@echo "test       run the tests"
	@echo "lint       ruff"
	@echo "types      mypy --strict"
	@echo "check      all of the above but install: what the gate runs"
	@echo "generated  parse tables, docs/diagnostics.md, the tree of ARCHITECTURE.md"
	@echo "clean      remove what tools leave behind"

install:
	$(PYTHON) -m pip install -e '.[dev]'

verify:
	$(PYTHON) -m tcpverify verify specs --output reports

test:
	$(PYTHON) -m pytest

lint:
	$(PYTHON) -m ruff check .

types:
	$(PYTHON) -m mypy

check: lint types test verify

generated:
	$(PYTHON) -m tcpverify.lang.tables
	$(PYTHON) tests/docs/diagnostics_page.py
	$(PYTHON) tests/house/architecture_tree.py

clean:
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
