# The two commands of the README: `make demo` and `make test`.
# They need Python 3.11 or later and make; everything else goes into .venv.

PYTHON ?= python3
WORKERS ?= 2
PYTEST_ARGS ?=

# Nothing may lean on what happens to be installed outside the environments.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
export PYTHONNOUSERSITE = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

VENV = .venv
VENV_DEV = .venv-dev
VENV_EXTRAS = .venv-extras
VENV_TEMPLATE = .venv-template
TEMPLATE = examples/plugin_template
METADATA = setup.cfg pyproject.toml

ALL_EXTRAS = torch,jax,plot,fast,bnn,interop,scip,z3,distributed,test
MODEL ?= examples/models/production.mps
DEMO = demo

.PHONY: help demo test lint docs test-extras test-template environments bench clean

help:
	@echo "make demo         analyze an example model: report, web page, checked certificate"
	@echo "make test         the tests of the core: no torch, no jax, no modelling package"
	@echo "make lint         ruff, mypy --strict, import contracts"
	@echo "make docs         the documentation, warnings are errors, in docs/_build/html"
	@echo "make test-extras  the tests that need an optional package"
	@echo "make test-template  the plugin template, installed from its own folder, passes the kit"
	@echo "make bench        the benchmarks"
	@echo "make clean        remove everything that make made"

# One stamp an environment: made again when the metadata changes.

$(VENV)/.installed: $(METADATA)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "tamemip needs Python 3.11 or later: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(VENV)/bin/python -m pip install --quiet --editable ".[test]"
	@touch $@

$(VENV_DEV)/.installed: $(METADATA)
	$(PYTHON) -m venv $(VENV_DEV)
	$(VENV_DEV)/bin/python -m pip install --quiet --editable ".[dev,docs]"
	@touch $@

$(VENV_EXTRAS)/.installed: $(METADATA) constraints-extras.txt
	$(PYTHON) -m venv $(VENV_EXTRAS)
	$(VENV_EXTRAS)/bin/python -m pip install --quiet --constraint constraints-extras.txt \
	    --editable ".[$(ALL_EXTRAS)]"
	@touch $@

demo: $(VENV)/.installed
	@mkdir -p $(DEMO)
	$(VENV)/bin/tamemip analyze $(MODEL) --html $(DEMO)/report.html \
	    --json $(DEMO)/report.json --certificate $(DEMO)/proof.jsonl
	$(VENV)/bin/python -m tamemip.certificates $(DEMO)/proof.jsonl
	@echo
	@echo "The model:           $(MODEL)"
	@echo "The report as page:  $(DEMO)/report.html  (open it in a browser)"
	@echo "The same as data:    $(DEMO)/report.json"
	@echo "Its proof, checked:  $(DEMO)/proof.jsonl"

test: $(VENV)/.tested
	$(VENV)/bin/python -m pytest -n $(WORKERS) -m "not extras" --ignore=tamemip/layers $(PYTEST_ARGS)

lint: $(VENV_DEV)/.installed
	$(VENV_DEV)/bin/ruff check .
	$(VENV_DEV)/bin/ruff format --check .
	$(VENV_DEV)/bin/mypy --strict tamemip
	$(VENV_DEV)/bin/lint-imports --no-cache

docs: $(VENV_DEV)/.installed
	$(VENV_DEV)/bin/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "The documentation: docs/_build/html/index.html"

# pytest answers 5 when no test carries the mark.
test-extras: $(VENV_EXTRAS)/.installed
	$(VENV_EXTRAS)/bin/python -m pytest -n $(WORKERS) tamemip/layers $(PYTEST_ARGS)
	$(VENV_EXTRAS)/bin/python -m pytest -n $(WORKERS) -m extras $(PYTEST_ARGS) || test $$? -eq 5

# As its author would: a new environment, the library, then the package from its own folder.
$(VENV_TEMPLATE)/.installed: $(METADATA) $(TEMPLATE)/pyproject.toml $(wildcard $(TEMPLATE)/*.py)
	rm -rf $(VENV_TEMPLATE)
	$(PYTHON) -m venv $(VENV_TEMPLATE)
	$(VENV_TEMPLATE)/bin/python -m pip install --quiet --editable .
	$(VENV_TEMPLATE)/bin/python -m pip install --quiet "./$(TEMPLATE)[test]"
	@touch $@

test-template: $(VENV_TEMPLATE)/.installed
	cd $(TEMPLATE) && ../../$(VENV_TEMPLATE)/bin/python -m pytest -p no:cacheprovider -q tests
	cd $(TEMPLATE) && ../../$(VENV_TEMPLATE)/bin/tamemip plugins

# One after the other: two editable installations at a time would write the same metadata.
environments: $(VENV_DEV)/.installed
	$(MAKE) --no-print-directory $(VENV)/.tested
	$(MAKE) --no-print-directory $(VENV_EXTRAS)/.installed
	$(MAKE) --no-print-directory $(VENV_TEMPLATE)/.installed

bench: $(VENV)/.tested
	@for script in bench/[!_]*.py; do \
	    echo "== $$script"; $(VENV)/bin/python "$$script" || exit 1; \
	done

clean:
	rm -rf $(VENV) $(VENV_DEV) $(VENV_EXTRAS) $(VENV_TEMPLATE) $(DEMO) build dist tamemip.egg-info
	rm -rf docs/_build docs/gallery docs/reference/rooms .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov
	find tamemip tests bench examples -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
