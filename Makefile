# `make run` and `make test` are all a newcomer needs; `make help` lists the rest.
# Kept to what GNU make 3.81 and BSD tools (macOS) understand.

PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
SLOW = $(if $(CI),--slow,)

# pip on one line that changes (nothing off a terminal); its errors stay visible, and its exit
# code comes through the file because a pipe would swallow it.
INSTALL = { $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --editable
PROGRESS = ; echo $$? >$(VENV)/.status; } | while read -r word name rest; do \
	  case "$$word" in Collecting|Downloading|Building|Installing) \
	    [ ! -t 1 ] || printf '\r\033[K  %s %s' "$$word" "$$name";; esac; \
	done; [ ! -t 1 ] || printf '\r\033[K'; exit "$$(cat $(VENV)/.status)"

# Bytecode is compiled at install, because some machines forbid Python to write it later and
# every start would then compile all libraries anew. Single old files in libraries do not
# compile; that is no fault of the install.
COMPILE_LIBRARIES = $(BIN)/python -m compileall -q -j 2 $(VENV)/lib >/dev/null 2>&1 || true
COMPILE_PACKAGE = $(BIN)/python -m compileall -q forecast

# An environment that this file made and whose Python has gone (an upgrade) or whose folder was
# moved or copied (its scripts name the old place) is made anew.
GONE := $(shell [ ! -e $(VENV)/.made ] || { [ "$$(cat $(VENV)/.made)" = "$(CURDIR)" ] \
	&& $(BIN)/python -c 'import pip' >/dev/null 2>&1; } || rm -rf $(VENV))

.DEFAULT_GOAL := help
.PHONY: help run test install install-dev lint format types notebooks bench floors words docs data clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

run: install ## set up on first use, then forecast the baseline
	@$(COMPILE_PACKAGE)
	$(BIN)/forecast run baseline

test: install-dev ## the same, then lint, types and tests, notebooks among them (with the slow ones: CI=true)
	@$(COMPILE_PACKAGE)
	$(BIN)/forecast run baseline
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 $(SLOW)

install: $(VENV)/.run ## make .venv and install the package with what it needs

install-dev: $(VENV)/.dev ## the same, with the tools that test and check

lint: install-dev ## style of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: install-dev ## bring the code into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: install-dev ## types of the code
	$(BIN)/mypy

notebooks: install-dev ## run every notebook from its first line to its last
	@for notebook in notebooks/*.ipynb; do \
	  [ -e "$$notebook" ] || continue; \
	  echo "$$notebook"; \
	  (cd notebooks && ../$(BIN)/jupyter execute --timeout=600 "$${notebook#notebooks/}") || exit 1; \
	done

bench: install-dev ## seconds and peak memory of what a user waits for
	@$(COMPILE_PACKAGE)
	$(BIN)/python benchmarks/bench.py

FLOORS = import re, tomllib; \
	  lines = tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"]; \
	  print(*(re.sub(r"\[.*\]", "", line).replace(">=", "==") for line in lines), sep="\n")

floors: install-dev ## tests with the oldest libraries that pyproject.toml allows (slow install)
	@$(BIN)/python -c '$(FLOORS)' >$(VENV)/floors.txt
	$(BIN)/python -m venv --clear $(VENV)/floors
	$(VENV)/floors/bin/python -m pip install --quiet --constraint $(VENV)/floors.txt --editable '.[test]'
	$(VENV)/floors/bin/python -m pytest -n 2

words: install-dev ## collect the messages of the code into the ru and kk catalogues
	$(BIN)/pybabel --quiet extract --keywords=say --keywords=say_n:1,2 --keywords=mark \
	  --no-default-keywords --sort-output --add-location=file --project=forecast \
	  --output=forecast/words/forecast.pot forecast
	@for language in ru kk; do \
	  file=forecast/words/$$language/LC_MESSAGES/forecast.po; \
	  mode="update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date"; \
	  [ -e $$file ] || { mode=init; mkdir -p $${file%/*}; }; \
	  guess=; [ "$$mode" = init ] || guess=--no-fuzzy-matching; \
	  $(BIN)/pybabel --quiet $$mode $$guess --domain=forecast --input-file=forecast/words/forecast.pot \
	    --output-dir=forecast/words --locale=$$language || exit 1; \
	done

docs: install-dev ## write what the pages take from the code, and the site into docs/_build/html
	$(BIN)/python docs/reference.py
	$(BIN)/python docs/build.py

data: install ## rebuild the estimated tables of the data package and check it
	$(BIN)/forecast data build
	$(BIN)/forecast data check

clean: ## remove everything that can be made again; results stay
	rm -rf $(VENV) build dist docs/_build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@if $(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo "$(CURDIR)" >$@; exit 0; fi; \
	python=""; \
	for candidate in "$(PYTHON)" python3.13 python3.12 python3.11; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	  then python="$$candidate"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "forecast needs Python 3.11 or newer; '$(PYTHON)' is $$("$(PYTHON)" -V 2>&1 || true)" >&2; \
	  echo "  install one (Debian: sudo apt install python3 python3-venv; macOS: brew install python)," >&2; \
	  echo "  or name it: make run PYTHON=/path/to/python3.12" >&2; \
	  exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then \
	  echo "this Python cannot make environments: its venv package is missing" >&2; \
	  echo "  Debian, Ubuntu: sudo apt install python3-venv" >&2; \
	  exit 1; \
	fi; \
	echo "making $(VENV) with $$("$$python" -V)"; \
	if [ -d $(VENV) ]; then again=--clear; else again=; fi; \
	"$$python" -m venv $$again $(VENV) && echo "$(CURDIR)" >$@

$(VENV)/.run: $(VENV)/.made pyproject.toml hatch_build.py forecast/version.py
	@echo "installing forecast and its libraries into $(VENV) (about 650 MB, a minute or two)"
	@$(INSTALL) . $(PROGRESS)
	@echo "compiling the libraries, so that every later start is quick"
	@$(COMPILE_LIBRARIES)
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "installing what tests and checks need"
	@$(INSTALL) '.[dev]' $(PROGRESS)
	@$(COMPILE_LIBRARIES)
	@touch $@
