# Everything runs in a virtual environment of its own, .venv, made on first use.
PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
COUNT ?= 1000
SEED ?= 0
JOBS ?= 2
MOOD ?=

.DEFAULT_GOAL := help
.PHONY: help demo test bench fuzz memory lint clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## install irad and print the quickstart's gradients beside closed forms
	$(PY) examples/quickstart.py

test: $(VENV)/.test ## run the tests
	$(PY) -m pytest -n 2 --dist loadgroup

bench: $(VENV)/.bench ## time primal, gradient by hand, irad, Enzyme and JAX in one run, and derivation
	$(PY) -m bench

fuzz: $(VENV)/.test ## compare COUNT random programs from SEED, of one MOOD or all, with the dual-number interpreter, in JOBS processes
	$(PY) -m tests.fuzz --count $(COUNT) --seed $(SEED) --jobs $(JOBS) $(if $(MOOD),--mood $(MOOD))

memory: $(VENV)/.test ## run the corpus with failing and poisoned memory, between fences, and under valgrind
	$(PY) -m tests.memory.failing
	$(PY) -m tests.memory.poisoned
	$(PY) -m tests.memory.fenced
	$(PY) -m tests.memory.valgrind

lint: $(VENV)/.lint ## check style
	$(PY) -m ruff check .

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .ruff_cache

# Each stamp is newer than pyproject.toml once what it names is installed.
$(PY):
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.test: pyproject.toml | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

$(VENV)/.bench: pyproject.toml | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	touch $@

$(VENV)/.lint: pyproject.toml | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[lint]'
	touch $@
