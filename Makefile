# Everything a person or a machine does with this project. `make help` lists it.

# A Python for .venv: PYTHON=… wins, else the first of these that is new enough (an environment that
# is there already is kept).
PYTHONS := $(or $(PYTHON),.venv/bin/python python3 python3.13 python3.12 python3.11 python3.10 python)
RECENT := import sys, ensurepip; sys.exit(sys.version_info < (3, 10))
BIN := .venv/bin
# In a container one is often root, and Jupyter wants to be told that this is meant.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
WORKERS := --numprocesses logical --maxprocesses 8 --dist loadfile --no-loadscope-reorder
START := /lab/tree/notebooks/00_start_here.ipynb

.DEFAULT_GOAL := help
.PHONY: help lab test notebooks lint clean colab nightly faults lowest

help:  ## this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

lab: .venv/ready-lab  ## set up what is missing and open the course in JupyterLab
	$(BIN)/python -m jupyterlab --ip=127.0.0.1 --ServerApp.root_dir=. --LabApp.default_url=$(START) $(AS_ROOT)

# A worker a core, and one thread in each and in its kernels: more threads would wait for each other.
# A file, or a notebook, stays with one worker. A worker takes up to 2 GB, so there are at most 8.
test: .venv/ready-test lint  ## lint, then every test: library, command line, notebooks (solved in a browser)
	$(BIN)/python -m tools.chromium
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(WORKERS)

notebooks: .venv/ready-test  ## run all notebooks and save their outputs, normalised
	$(BIN)/python -m tools.notebooks run

lint: .venv/ready-test  ## ruff over the code, the tools, the tests and the notebooks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

clean:  ## remove what was made here: .venv, caches, build products (never data/ or notebooks/)
	rm -rf .venv .venv-lowest .hypothesis .cache build dist .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

colab: .venv/ready-test  ## stamp the public address, e.g. make colab REPO=owner/name
	$(BIN)/python -m tools.notebooks colab "$(REPO)"

nightly: .venv/ready-test  ## thousands of drawn files and command lines; every cell of the notebooks run again
	COORDLIB_DRAWS=nightly $(BIN)/python -m pytest tests/test_anything.py --hypothesis-show-statistics
	$(BIN)/python -m tools.reruns

faults: .venv/ready-test  ## kill runs and sweeps at 50 random moments, and compare how they end
	$(BIN)/python -m tools.faults

lowest: .venv/ready-test  ## the unit tests on the lowest versions that pyproject.toml admits
	test -d .venv-lowest || $(BIN)/python -m venv .venv-lowest
	$(BIN)/python -m tools.lowest > .venv-lowest/versions.txt
	.venv-lowest/bin/python -m pip install --constraint .venv-lowest/versions.txt --editable '.[test]'
	.venv-lowest/bin/python -m pytest tests --ignore tests/browser

# A stamp is written only after its installation went through, so an interrupted one is done again.
# Either extra brings what the lab needs.
.venv/ready-%: pyproject.toml | .venv/made
	$(BIN)/python -m pip install --editable '.[$*]'
	@touch .venv/ready-lab $@

.venv/made:
	@for python in $(PYTHONS); do \
	  if $$python -c '$(RECENT)' 2>/dev/null; then \
	    echo "making .venv with $$($$python --version)"; \
	    $$python -m venv .venv && touch $@ && exit 0 || exit 1; \
	  fi; \
	done; \
	echo "No usable Python found (tried: $(PYTHONS))." >&2; \
	echo "The course needs Python 3.10 or newer with its venv module (on Debian: apt-get install python3-venv)." >&2; \
	echo "Name another one with: make $(or $(MAKECMDGOALS),lab) PYTHON=/path/to/python3" >&2; \
	exit 1
