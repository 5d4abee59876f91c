# What a developer types. `make` alone lists it.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
RUN := $(VENV)/bin/python
# Never wait for an answer that nobody gives, never call home.
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore $(RUN) -m pip install -qq --no-input
# One process a core, but not more databases than a laptop likes.
PYTEST := $(RUN) -m pytest -n logical --maxprocesses 4

.DEFAULT_GOAL := help
.PHONY: help demo test check format shot bench requirements reference clean system

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.base ## fill a living street and serve it on 127.0.0.1 (PORT=8000)
	@ZHICUNBAO_DEMO=1 exec $(RUN) manage.py demo --port $(PORT)

test: $(VENV)/.dev system ## run every test: on SQLite, then with races and browser on PostgreSQL
	@echo "== SQLite"
	@ZHICUNBAO_TEST_DB=sqlite $(PYTEST) -m "not journey"
	@echo "== PostgreSQL, races and journeys"
	@ZHICUNBAO_TEST_DB=postgres $(PYTEST)

check: $(VENV)/.dev ## lint, format, types, floors, migrations; silent when all is well
	@$(VENV)/bin/ruff check -q .
	@$(VENV)/bin/ruff format -q --check . || { echo "run: make format"; exit 1; }
	@$(VENV)/bin/mypy --no-error-summary
	@floors=$$($(VENV)/bin/lint-imports 2>&1) || { echo "$$floors"; exit 1; }
	@DJANGO_SETTINGS_MODULE=tests.settings $(RUN) manage.py check --fail-level WARNING >/dev/null
	@plan=$$(DJANGO_SETTINGS_MODULE=tests.settings $(RUN) manage.py makemigrations --check --dry-run) \
		|| { echo "$$plan"; exit 1; }

format: $(VENV)/.dev ## mend what lint and format can mend by themselves
	@$(VENV)/bin/ruff check -q --fix .
	@$(VENV)/bin/ruff format -q .

shot: $(VENV)/.dev system ## picture every page at 375 and 1280 px into var/shots (LOOK=elder, dark)
	@$(RUN) -m scripts.shot $(LOOK)

bench: $(VENV)/.dev system ## time every page at 20,000 claims, and the ledger beside bare SQL
	@$(RUN) -m bench.pages
	@$(RUN) -m bench.ledger

requirements: $(VENV)/.dev ## pin and hash requirements/*.in anew (UPGRADE=1 takes newer versions)
	@scripts/requirements.sh $(if $(UPGRADE),--upgrade)

reference: $(VENV)/.dev ## write docs/reference.md from what the features announce
	@$(RUN) -m scripts.reference

clean: ## remove the demo's data, caches and the virtual environment
	rm -rf var $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

system:
	@scripts/system.sh

$(VENV)/bin/pip:
	@scripts/venv.sh $(PYTHON) $(VENV)

# A stamp is newer than the list that it was installed from. --no-compile: the few modules that
# are used are compiled when first imported. --no-deps: the lists are whole.
$(VENV)/.base: requirements/base.txt | $(VENV)/bin/pip
	@echo "installing requirements/base.txt"
	@$(PIP) --no-compile --no-deps --require-hashes -r $<
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/bin/pip
	@echo "installing requirements/dev.txt"
	@$(PIP) --no-compile --no-deps --require-hashes -r $<
	@touch $@ $(VENV)/.base
