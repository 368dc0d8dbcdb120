# The commands of connect-mock. `make demo` and `make test` need nothing but Python 3.11 on Debian or Ubuntu.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
WORKERS ?= auto
export CONNECT_MOCK_SHARED ?= $(abspath ../shared)

.PHONY: help install demo serve test test-fast fuzz cases bench lint audit lock clean tools screenshots

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

install: $(VENV)/.runtime ## make the virtual environment with what the server needs

demo: install ## the main job, played once: CSR, certificate, mutual TLS, revoke, refused
	@$(BIN)/connect-mock demo --install

serve: install ## start the server and leave it running
	@$(BIN)/connect-mock serve

test: $(VENV)/.dev tools ## every test, with real PostgreSQL, nginx, Node and Java
	$(PYTEST) -n $(WORKERS)

FAST := tests/unit tests/house tests/property tests/contract tests/portal tests/api --ignore=tests/api/oauth

test-fast: $(VENV)/.dev ## rules and doors in process, without other programs, in under a minute
	$(PYTEST) -n $(WORKERS) -m "not slow" -k "not postgresql" $(FAST)

FUZZED := tests/contract/test_generated.py tests/property tests/control/powers/test_import_fuzz.py

fuzz: export CONNECT_MOCK_TEST_PROFILE = fuzz
fuzz: export CONNECT_MOCK_TEST_EXAMPLES ?= 400
fuzz: $(VENV)/.dev ## requests that were never made before, by the hundred for every operation
	$(PYTEST) -n $(WORKERS) --timeout 3600 $(FUZZED)

cases: $(VENV)/.dev ## which case of ../shared/checks has a test, and which has none and why
	@$(BIN)/python tools/cases.py

bench: $(VENV)/.dev ## the benchmarks of bench/README.md
	@$(BIN)/python -m bench

lint: $(VENV)/.dev ## style, types, layers, dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

audit: $(VENV)/.dev ## known holes in the locked dependencies, where the database can be reached
	@$(BIN)/python tools/audit.py

lock: $(VENV)/.dev ## renew the lock files
	tools/lock.sh

screenshots: $(VENV)/.dev tools ## pictures of every screen of the portal, into docs/img
	@$(BIN)/python tools/screenshots.py

tools: ## the programs that tests talk to (installed by apt where we may)
	@tools/install-test-programs.sh

clean: ## remove what these commands have made
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .connect-mock

$(BIN)/python:
	@tools/make-venv.sh $(PYTHON) $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing connect-mock into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing the development tools into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
