# make run      start Muster with bot.ini (made from the example if there is none)
# make test     everything: lint, types, import rules, every test, real servers included, beside each other
# make check    the same without the tests against real servers, the fault tests and the slow ones
# make format   put the code into its one format
# make bench    measure, and print the table
# make lock     write requirements/*.txt again after pyproject.toml changed
# make upgrade  the same with the newest releases
#
# Set-up never reads standard input, which belongs to Muster: `make run < meeting.txt` works.

PYTHON ?=
VENV := .venv
# Tests against real servers mostly wait (of 1057 s in tests/live 302 s were work), so there are two for each
# processor.
# One that is done takes from another what that has not begun: neighbours, which share their servers.
SIDE_BY_SIDE := -n $(shell echo $$((2 * $$(nproc)))) --dist worksteal
# Many tests start processes of Muster: each would compile all of it where this is set.
export PYTHONDONTWRITEBYTECODE :=
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --no-input

.PHONY: run test check lint types fast every format bench lock upgrade debian-packages clean
.DELETE_ON_ERROR:

run: $(VENV)/run.stamp $(VENV)/muster.stamp bot.ini
	@exec $(VENV)/bin/muster run -c bot.ini

# The servers come before the long part, so that their absence is known early.
test: $(VENV)/dev.stamp $(VENV)/muster.stamp debian-packages
	@$(MAKE) --no-print-directory --jobs=2 lint types every

check: lint types fast

lint: $(VENV)/dev.stamp
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .

types: $(VENV)/dev.stamp $(VENV)/muster.stamp
	$(VENV)/bin/mypy

# The import rules are tests too: tests/test_imports.py.
fast: $(VENV)/dev.stamp $(VENV)/muster.stamp
	$(VENV)/bin/python -m pytest -m "not live and not faults and not slow" $(SIDE_BY_SIDE) -q < /dev/null

every: $(VENV)/dev.stamp $(VENV)/muster.stamp
	$(VENV)/bin/python -m pytest $(SIDE_BY_SIDE) < /dev/null

format: $(VENV)/dev.stamp
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

bench: $(VENV)/dev.stamp $(VENV)/muster.stamp
	$(VENV)/bin/python -m bench

lock: $(VENV)/dev.stamp
	$(VENV)/bin/python scripts/lock.py
	@rm -rf *.egg-info

upgrade: $(VENV)/dev.stamp
	$(VENV)/bin/python scripts/lock.py --upgrade
	@rm -rf *.egg-info

debian-packages:
	@scripts/debian-packages.sh

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

bot.ini:
	@cp bot.ini.example bot.ini
	@echo "Made bot.ini from bot.ini.example." >&2

$(VENV)/bin/python:
	@PYTHON="$(PYTHON)" scripts/environment.sh $(VENV) < /dev/null >&2

# dev.txt holds all of run.txt at the same versions, so the order of these two does not matter.
$(VENV)/run.stamp: requirements/run.txt | $(VENV)/bin/python
	@echo "Installing what Muster needs (once, and when the lock changes) ..." >&2
	@$(PIP) install -qq --require-hashes -r requirements/run.txt < /dev/null >&2
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt | $(VENV)/bin/python
	@echo "Installing what Muster and its tests need (once, and when the lock changes) ..." >&2
	@$(PIP) install -qq --require-hashes -r requirements/dev.txt < /dev/null >&2
	@touch $@

# Editable: the checkout is what runs. Needs setuptools, which both locks hold. What writing a lock leaves behind
# would go on telling of the plugins that there were then.
$(VENV)/muster.stamp: pyproject.toml | $(VENV)/bin/python
	@rm -rf *.egg-info
	@test -e $(VENV)/run.stamp || test -e $(VENV)/dev.stamp || $(MAKE) --no-print-directory $(VENV)/run.stamp
	@$(PIP) install -qq --no-build-isolation --no-deps -e . < /dev/null >&2
	@touch $@
