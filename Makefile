# The two commands of the README, and the checks that the second is made of.
# Everything runs in a virtual environment of its own, .venv, made from PYTHON (3.11 to 3.14).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REPORT := reports/online-boutique.html

.PHONY: demo test lint types layers tests app bench clean

demo: $(VENV)/demo.stamp
	$(BIN)/meshsim compare online-boutique \
	  --mesh none,istio-sidecar,istio-ambient,istio-ambient-waypoint,linkerd \
	  --report $(REPORT)

test: lint types layers tests

lint: $(VENV)/test.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/test.stamp
	$(BIN)/mypy

layers: $(VENV)/test.stamp
	$(BIN)/lint-imports

# Coverage slows a simulation down threefold, so the long runs against theory go without it.
tests: $(VENV)/test.stamp
	$(BIN)/pytest -n auto --dist worksteal -m "not slow" \
	  --cov --cov-report=term:skip-covered --cov-fail-under=95
	$(BIN)/pytest -n auto --dist worksteal -m slow

app: $(VENV)/demo.stamp
	$(BIN)/meshsim app

# Ratios of speed, side by side; some minutes on a quiet machine. Not part of the tests.
bench: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks

$(VENV)/demo.stamp: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --quiet --editable '.[app,report]'
	touch $@

$(VENV)/test.stamp: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --quiet --editable '.[dev]'
	touch $@ $(VENV)/demo.stamp

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --quiet --upgrade pip

clean:
	rm -rf $(VENV) dist reports .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
