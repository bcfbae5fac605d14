# The usual targets. PYTHON names the interpreter of the environment to use.

PYTHON ?= python3

.PHONY: help install verify gate test lint types check generated clean

help:
	@echo "install    install tcpverify with what its development needs"
	@echo "verify     decide the checks of specs/, write the report in reports/ anew"
	@echo "gate       decide the checks of specs/, warnings count as failures"
	@echo "test       run the tests"
	@echo "lint       ruff, rules and format"
	@echo "types      mypy --strict"
	@echo "check      lint, types, test and gate: what CI runs"
	@echo "generated  parse tables, docs/diagnostics.md, the table of docs/proofs.md, the tree of ARCHITECTURE.md"
	@echo "clean      remove what tools leave behind"

install:
	$(PYTHON) -m pip install -e '.[dev]'

verify:
	$(PYTHON) -m tcpverify report specs --output reports

gate:
	$(PYTHON) -m tcpverify verify specs --no-cache --strict --traces unmet
	$(PYTHON) -m tcpverify recheck proofs

test:
	$(PYTHON) -m pytest

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types:
	$(PYTHON) -m mypy

check: lint types test gate

generated:
	$(PYTHON) -m tcpverify.lang.tables
	$(PYTHON) tests/docs/diagnostics_page.py
	$(PYTHON) tests/docs/commands_page.py
	$(PYTHON) tests/docs/proofs_page.py
	$(PYTHON) tests/docs/rfc9293_page.py
	$(PYTHON) tests/house/architecture_tree.py

clean:
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
