# make findings: the environment, then the workbook's default round. make lab: JupyterLab on working copies of the
# notebooks. make test: every test, with what only tests need.
PYTHON ?= python3
BIN := .venv/bin
INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python

.PHONY: findings lab test bench notebooks lock
findings: .venv/ready
	$(BIN)/larcnb batch
	@echo "To run larcnb yourself: source .venv/bin/activate"

lab: .venv/lab
	$(BIN)/larcnb lab

test: findings .venv/dev
	$(BIN)/larcnb batch --round larc2 --only 01_clean --only 11_evidence
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/deptry larcnb
	$(BIN)/python -m pytest -q -p no:nbval -n 2 --dist worksteal --doctest-modules larcnb tests
	$(BIN)/python -m pytest -q --nbval --nbval-current-env --nbval-sanitize-with tests/sanitize.cfg notebooks/*.ipynb

# The committed notebooks with the outputs of a fresh run, for whoever has changed a cell or a word.
notebooks: findings
	$(BIN)/larcnb batch --round larc2 --only 01_clean --only 11_evidence
	$(BIN)/python tests/refresh.py

bench: .venv/dev
	$(BIN)/python -m benchmarks.batch

# uv, itself from the package index, installs a lock several times faster than pip.
.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps -e .
	touch $@

# The same packages and versions, and JupyterLab; or whatever the tests need too.
.venv/lab .venv/dev: .venv/%: .venv/ready requirements-%.lock
	$(INSTALL) --require-hashes -r requirements-$*.lock
	touch $@

COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet
lock:
	$(COMPILE) --all-extras -o requirements-dev.lock
	$(COMPILE) --extra lab -c requirements-dev.lock -o requirements-lab.lock
	$(COMPILE) -c requirements-dev.lock -o requirements.lock
