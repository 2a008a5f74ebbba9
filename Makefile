# Two commands do everything on a machine with Python 3.11 or newer and make: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
NPM := $(BIN)/python labextension/bundle.py
SOURCES := $(wildcard labextension/*.json) $(shell find labextension/src labextension/style labextension/schema -type f 2>/dev/null)

.PHONY: help demo lab test test-browser test-course test-release test-all check docs lite bench extension screenshots pictures record clean

help:
	@echo "make demo         the first notebook on the real small model, start to end"
	@echo "make lab          JupyterLab with the notebooks"
	@echo "make test         linters, types, tests, notebooks against their cassettes"
	@echo "make test-browser JupyterLab and Notebook 7 in a real browser, every view"
	@echo "make test-course  lessons under nbgrader, otter, papermill, Jupyter Book and in a browser alone, and the pages"
	@echo "make test-all     the same with the slow tests: the real model, a browser, DSPy itself"
	@echo "make test-release a wheel and an sdist, built and installed where there is nothing else"
	@echo "make docs         the pages for readers, in build/docs; any warning is an error"
	@echo "make lite         the lessons as a site whose Python runs in the browser, in build/lite"
	@echo "make bench        speed against the peer, as JSON and a table"
	@echo "make screenshots  how the cards and JupyterLab look, in light and dark, narrow, bare, untrusted"
	@echo "make pictures     the pictures of README.md, on the real model"
	@echo "make extension    build what pages run of ours, from labextension, and link it"
	@echo "make record       record the notebooks' cassettes again, on the real model"

# Marked when it is whole: an environment whose making was cut short is made again, over what there is.
.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit("nbdspy needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=.") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.demo: pyproject.toml | .venv/.made
	@echo "Installing what the demo needs into .venv ..."
	@$(PIP) -e '.[local,notebook]'
	@touch $@

.venv/.lab: pyproject.toml | .venv/.made
	@echo "Installing JupyterLab into .venv ..."
	@$(PIP) -e '.[lab]'
	@$(BIN)/nbdspy sandbox fetch
	@touch $@

.venv/.docs: pyproject.toml | .venv/.made
	@echo "Installing what builds the pages into .venv ..."
	@$(PIP) -e '.[docs]'
	@touch $@

.venv/.test: pyproject.toml | .venv/.made
	@echo "Installing the tests' tools into .venv ..."
	@$(PIP) -e '.[test]'
	@$(BIN)/nbdspy sandbox fetch
	@touch $@

.venv/.peer: pyproject.toml | .venv/.made
	@echo "Installing the peer into an environment of its own ..."
	@$(PYTHON) -m venv .venv/peer
	@.venv/peer/bin/python -m pip install --quiet --disable-pip-version-check 'dspy[deno,optuna]==3.4.1' numpy
	@touch $@

.venv/.node: pyproject.toml | .venv/.made
	@echo "Installing Node and JupyterLab's builder into .venv ..."
	@$(PIP) -e '.[extension]'
	@touch $@

.venv/.extension: .venv/.node $(SOURCES)
	@echo "Building what JupyterLab loads of ours (a minute, the first time) ..."
	@$(NPM)
	@$(BIN)/jupyter-builder develop --overwrite --log-level=WARN .
	@touch $@

demo: .venv/.demo
	@$(BIN)/nbdspy demo

# In a container one is often root, which JupyterLab has to be told.
lab: .venv/.lab .venv/.extension
	@$(BIN)/jupyter lab --notebook-dir=notebooks $(if $(filter 0,$(shell id -u)),--allow-root)

extension: .venv/.extension

check: .venv/.test .venv/.extension
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(NPM) run --silent check

test: check
	@$(NPM) run --silent test
	@$(BIN)/pytest -q --nbval notebooks
	@$(BIN)/pytest -q $(AGAIN)

# A page that a busy machine keeps waiting is loaded again.
test-browser: .venv/.test .venv/.extension
	@$(BIN)/pytest -q -m 'browser and slow and not model' -rR --reruns 2 tests/browser

test-course: .venv/.test .venv/.extension .venv/.lite .venv/.docs
	@$(BIN)/pytest -q -m 'slow and not model' -rRs --reruns 1 tests/graders tests/publishing tests/checks tests/lite tests/docs

test-release: .venv/.test
	@$(BIN)/pytest -q -m slow -rRs --reruns 1 tests/test_release.py

test-all: check .venv/.peer .venv/.lite
	@$(NPM) run --silent test
	@$(BIN)/pytest -q --nbval notebooks
	@$(BIN)/pytest -q -m ''

docs: .venv/.docs
	@$(BIN)/sphinx-build --fail-on-warning --keep-going --fresh-env --quiet -b html -d build/doctrees docs build/docs
	@echo "The pages are in build/docs; begin with index.html."

.venv/.lite: pyproject.toml | .venv/.made
	@echo "Installing JupyterLite into an environment of its own: its kernel would stand in JupyterLab, too ..."
	@$(PYTHON) -m venv .venv/lite
	@.venv/lite/bin/python -m pip install --quiet --disable-pip-version-check -e '.[lite,notebook]'
	@touch $@

lite: .venv/.extension .venv/.lite
	@PATH="$(abspath $(BIN)):$$PATH" .venv/lite/bin/python -m lite.site build/lite

bench: .venv/.test .venv/.peer
	@$(BIN)/nbdspy models fetch smollm2
	@$(BIN)/python -m tests.bench

screenshots: .venv/.test .venv/.extension
	@$(BIN)/python tests/screenshots.py
	@$(BIN)/python -m tests.lab_screenshots

pictures: .venv/.test .venv/.extension
	@$(BIN)/nbdspy models fetch smollm2
	@$(BIN)/python -m tests.pictures

record: .venv/.test
	@$(BIN)/nbdspy cassette record notebooks

clean:
	@rm -rf .venv build dist .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis
