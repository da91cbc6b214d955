# Constante: everything from here. `make run` and `make test` need only Python 3.11+ and make on Debian or Ubuntu.

VENV ?= .venv
PYTHON := $(VENV)/bin/python
export PATH := $(abspath $(VENV)/bin):$(PATH)
SCRATCH := $(or $(TMPDIR),/tmp)/constante-lint
APPS := accounts alerts complaints config crm retention

.PHONY: help run dev test lint format shots bench mutants faults demo lock clean

help:
	@echo "make run      start Constante here, with a demo portfolio (PORT=8001, DEMO=0)"
	@echo "make dev      the same, reloading when the code changes"
	@echo "make test     the whole suite, on PostgreSQL and on SQLite"
	@echo "make lint     style, types, imports, templates, migrations, settings"
	@echo "make format   put code and templates into the house style"
	@echo "make shots    pictures of the pages    make bench    speed    make mutants    planted faults"
	@echo "make faults   kill and break everything while it works, and check that nothing is lost (SEED=7)"
	@echo "make lock     write the lock files anew    make clean    remove what can be made again"

# --- What the targets need; each file is made once and again when what it comes from changes -----------------------

$(VENV)/.runtime: requirements.lock config/build/environment.sh
	@echo "Python packages ..."
	@config/build/environment.sh requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Python packages for development ..."
	@config/build/environment.sh requirements-dev.lock
	@touch $@

node_modules/.installed: package-lock.json | $(VENV)/.runtime
	@echo "Front-end packages ..."
	@$(PYTHON) -m config.build.npm
	@touch $@

node_modules/.copied: node_modules/.installed package.json config/build/vendor.py
	@$(PYTHON) -m config.build.vendor
	@touch $@

.PHONY: assets catalogs database
assets: $(VENV)/.runtime node_modules/.copied
catalogs: $(VENV)/.runtime
	@$(PYTHON) -m config.build.catalogs
database: $(VENV)/.runtime
	@$(PYTHON) -m config.start migrate

# --- Start ---------------------------------------------------------------------------------------------------------

run: assets catalogs database
	@$(PYTHON) manage.py collectstatic --noinput --verbosity 0
	@$(PYTHON) -m config.build.serve

dev: export DEBUG ?= True
dev: $(VENV)/.dev assets catalogs database
	@$(PYTHON) -m config.build.serve config/Procfile.dev

demo: $(VENV)/.runtime database
	@$(PYTHON) manage.py demo

# --- Gates ---------------------------------------------------------------------------------------------------------

test: $(VENV)/.dev assets catalogs
	@$(PYTHON) -m tests.run $(ARGS)

# Each part by itself, so that `make -k lint` names all that is wrong at once.
LINTS := lint-style lint-types lint-templates lint-imports lint-migrations lint-settings lint-compose lint-sizes
.PHONY: $(LINTS)
lint: $(LINTS)
$(LINTS): $(VENV)/.dev

lint-style:
	ruff check .
	ruff format --check --quiet .

lint-types:
	ENV_FILE= DATA_DIR=$(SCRATCH) mypy

lint-templates:
	djlint templates --lint --check --quiet

lint-imports:
	lint-imports --no-cache

lint-migrations:
	ENV_FILE= DATA_DIR=$(SCRATCH) DATABASE_URL= $(PYTHON) manage.py makemigrations --check --dry-run

lint-settings:
	ENV_FILE=.env.production.example DATA_DIR=$(SCRATCH) $(PYTHON) manage.py check --deploy --fail-level WARNING

lint-compose:
	check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

lint-sizes:
	$(PYTHON) -m config.build.sizes $(APPS)

format: $(VENV)/.dev
	ruff check --fix-only --quiet .
	ruff format .
	djlint templates --reformat --quiet

shots: $(VENV)/.dev assets catalogs
	@$(PYTHON) -m tests.shots $(ARGS)

bench: $(VENV)/.dev assets catalogs
	@$(PYTHON) -m bench $(ARGS)

mutants: $(VENV)/.dev assets catalogs
	@$(PYTHON) -m tests.mutants $(ARGS)

faults: $(VENV)/.dev assets catalogs
	@$(PYTHON) -m tests.faults

# --- Keeping -------------------------------------------------------------------------------------------------------

lock: $(VENV)/.dev
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --quiet $(ARGS) --output-file requirements.lock
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --quiet $(ARGS) --constraints requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) node_modules static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
