# make findings: the environment, then the workbook's default round. make test: the same, then every test.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: findings test bench notebooks lock
findings: .venv/ready
	$(BIN)/larcnb batch
	@echo "To run larcnb yourself: source .venv/bin/activate"

test: findings
	$(BIN)/larcnb batch --round larc2 --only 01_clean --only 11_evidence
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/python -m pytest -q -p no:nbval -n 2 --dist worksteal --doctest-modules larcnb tests
	$(BIN)/python -m pytest -q --nbval --nbval-current-env --nbval-sanitize-with tests/sanitize.cfg notebooks/*.ipynb

# The committed notebooks with the outputs of a fresh run, for whoever has changed a cell or a word.
notebooks: findings
	$(BIN)/larcnb batch --round larc2 --only 01_clean --only 11_evidence
	$(BIN)/python tests/refresh.py

bench: .venv/ready
	$(BIN)/python -m benchmarks

# uv, itself from the package index, installs the lock several times faster than pip.
.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	touch $@

lock:
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --quiet -o requirements.lock
