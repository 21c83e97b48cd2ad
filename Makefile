# Without PORT, the port is what UDPCHAT_PORT or the settings file say, or 12000.
PORT ?=
ARGS ?=
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed

.PHONY: setup run test check format lock clean

setup: $(INSTALLED)

# A Python without ensurepip (Debian's, when python3-venv is missing) still makes an environment; the pip that called
# installs into it.
$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "udpchat needs Python 3.11 or later; name one with: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv --clear --without-pip .venv
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: $(INSTALLED)
	@exec $(BIN)/python -m udpchat.app $(PORT) $(ARGS)

test: $(INSTALLED)
	@rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --include='*/udpchat/domain/*' --fail-under=100
	$(BIN)/coverage report --omit='*/udpchat/domain/*' --fail-under=95

check: $(INSTALLED)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --quiet tests/docs

format: $(INSTALLED)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

# Writes requirements.txt anew: the newest versions pyproject.toml allows, for every platform, with hashes.
lock:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet uv
	.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade --group dev \
		--no-emit-index-url --no-emit-find-links --no-header --output-file requirements.txt pyproject.toml

clean:
	rm -rf .venv .venv-lock .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache dist
