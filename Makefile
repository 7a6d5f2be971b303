# Each target sets up what it needs: a virtual environment with the pinned packages, then the work itself.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test check format clean

demo: $(READY)  ## a real phone call becomes two heads in runs/demo
	$(BIN)/dyad simulate --out runs/demo
	$(BIN)/dyad measure runs/demo

test: $(READY) check  ## everything: lint, types, all tests
	$(BIN)/python -m pytest --numprocesses 2 -m "not integration" tests/unit tests/contracts
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -m integration

check: $(READY)  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv runs build *.egg-info tests/viewers/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis

# torch goes first and alone: a resolver that meets it among its dependents may choose a newer build of several gigabytes.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	touch $(READY)
