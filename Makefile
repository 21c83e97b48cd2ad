# `make run 12345` and `make run PORT=12345` are the same. Without a port, it is what UDPCHAT_PORT or the settings file
# say, or 12000.
PORT ?=
ARGS ?=
PYTHON ?= python3
BENCH ?=
BIN := .venv/bin
INSTALLED := .venv/installed
COMPILE := --quiet --universal --python-version 3.11 --generate-hashes --upgrade --no-emit-index-url --no-emit-find-links --no-header

SEEDS ?= 1000
SEED ?=
ROUNDS ?= 100
MINUTES ?= 10
MUTANTS ?= 300
IN ?= webkit

TARGETS := setup run test check page simulate crash failover fuzz mutate format bench lock clean
.PHONY: $(TARGETS)

setup: $(INSTALLED)

# An environment has absolute paths. One that was moved or copied would run the code of its old place, and one whose
# Python was removed would run nothing: both are made again.
ifneq "$(shell test -x $(BIN)/python && cat $(INSTALLED) 2>/dev/null)" "$(CURDIR)"
.PHONY: $(INSTALLED)
endif

# Words behind `run` that are no targets are for the program.
ifeq ($(firstword $(MAKECMDGOALS)),run)
WORDS := $(filter-out $(TARGETS),$(MAKECMDGOALS))
.PHONY: $(WORDS)
$(WORDS):
	@:
endif

# A Python without ensurepip (Debian's without python3-venv) can still make an environment; the pip outside of it
# installs into it.
$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "udpchat needs Python 3.11 or later; name one with: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv --clear --without-pip .venv
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@echo "$(CURDIR)" >$@

run: $(INSTALLED)
	@exec $(BIN)/python -m udpchat.app $(PORT)$(if $(WORDS), $(WORDS)) $(ARGS)

# Hundreds of processes import the package, and compiling it takes longer than all else that an import does.
test: export PYTHONDONTWRITEBYTECODE =
test: $(INSTALLED)
	@rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest --numprocesses 4 --dist worksteal
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --include='*/udpchat/domain/*' --fail-under=100
	$(BIN)/coverage report --omit='*/udpchat/domain/*' --fail-under=95

check: $(INSTALLED)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --quiet tests/docs

# The tests of the page in another browser than Chromium. Xvfb is a display for those that need one.
page: $(INSTALLED)
	PAGE_IN=$(IN) xvfb-run --auto-servernum $(BIN)/pytest tests/page

# A hostile network in memory: `make simulate SEEDS=1000`, or `make simulate SEED=7` for one.
simulate: $(INSTALLED)
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(SEEDS))

# Ends a server under load and starts it again, ROUNDS times by SIGTERM and ROUNDS times by SIGKILL; a round takes one
# or two seconds.
crash: $(INSTALLED)
	@$(BIN)/python -m tests.restarts --rounds $(ROUNDS)

# Kills one of three NATS servers of a cluster under load, and starts it again, ROUNDS times; a round takes some ten
# seconds.
failover: ROUNDS = 10
failover: $(INSTALLED)
	@$(BIN)/python -m tests.failover --rounds $(ROUNDS)

# Bytes made up by atheris, on Linux. It keeps interesting inputs in build/corpus; merge them into
# tests/fuzz/corpus with `python -m tests.fuzz -merge=1 tests/fuzz/corpus build/corpus`.
fuzz: .venv/fuzz
	@mkdir -p build/corpus$(OF)
	$(BIN)/python -m tests.fuzz $(if $(OF),--$(OF)) -max_total_time=$$(($(MINUTES) * 60)) -max_len=2000 build/corpus$(OF) \
		tests/fuzz/corpus$(OF)

.venv/fuzz: requirements-fuzz.txt $(INSTALLED)
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Plants MUTANTS faults in the domain, one at a time, chosen by SEED, and fails if the tests notice too few of them.
mutate: .venv/mutate
	@$(BIN)/python -m tests.mutation $(if $(SEED),--seed $(SEED)) --mutants $(MUTANTS)

.venv/mutate: requirements-mutate.txt $(INSTALLED)
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

format: $(INSTALLED)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

# Takes fifty minutes; `make bench BENCH='--runs 1 --clients 10,100'` measures less. The other servers are not installed
# here: they are Debian's inspircd, ngircd, nats-server and ncat.
bench: .venv/bench
	$(BIN)/pytest --quiet benchmarks/micro.py --benchmark-columns=min,median,ops --benchmark-sort=name
	$(BIN)/python -m benchmarks.path
	$(BIN)/python benchmarks/newcomers.py
	$(BIN)/python benchmarks/hostile.py
	$(BIN)/python benchmarks/few.py
	$(BIN)/python benchmarks/rooms.py
	$(BIN)/python benchmarks/watching.py
	$(BIN)/python benchmarks/run.py $(BENCH)

.venv/bench: requirements-bench.txt $(INSTALLED)
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Writes the requirements again: the newest versions that pyproject.toml allows, for every platform, with hashes.
lock:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet uv
	.venv-lock/bin/uv pip compile $(COMPILE) --extra cluster --extra metrics --extra operators --extra web --group dev \
		--output-file requirements.txt pyproject.toml
	.venv-lock/bin/uv pip compile $(COMPILE) --constraint requirements.txt --group bench \
		--output-file requirements-bench.txt pyproject.toml
	.venv-lock/bin/uv pip compile $(COMPILE) --constraint requirements.txt --group fuzz \
		--output-file requirements-fuzz.txt pyproject.toml
	.venv-lock/bin/uv pip compile $(COMPILE) --constraint requirements.txt --group mutate \
		--output-file requirements-mutate.txt pyproject.toml

clean:
	rm -rf .venv .venv-lock build .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache dist
