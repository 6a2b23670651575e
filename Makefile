# `make` alone lists what can be made.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help install send test torture browser lint types wheel docs reference audit sbom bench picture caniemail lock clean

help: ## List these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

install: .venv/installed ## Make .venv with the locked dependencies and the newsletter command

.venv/installed: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say where it is: make PYTHON=python3.12 …")'
	@echo "Making .venv (a minute, once)"
	@$(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

send: install ## Build the sample edition and send it to the sample list, through the outbox
	@$(BIN)/newsletter send --date 2026-07-05 --yes
	@echo "      (the command is $(BIN)/newsletter)"

test: install browser ## Run every test, real PostgreSQL and a real browser included
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --reruns 1 -rfER \
		--cov --cov-report=term --cov-fail-under=95

browser: # What pip cannot bring: Chromium and the fonts that pictures are compared with
	@sh tests/look/browser.sh

lint: install ## Style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: install ## Types
	@$(BIN)/mypy

wheel: install ## Build the wheel into dist/
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null && ls dist/*.whl

docs: install ## Build the documentation into build/docs/, without a network; a broken link is an error
	@$(BIN)/python -m sphinx -c docs/site -b html --fail-on-warning --keep-going --nitpicky --quiet -d build/doctrees . build/docs
	@echo "build/docs/index.html"

reference: install ## Write what the program itself can tell: options, tables, the picture of its parts
	@PYTHONPATH=. $(BIN)/python docs/generated.py
	@$(BIN)/python docs/architecture.py

audit: install ## Look for known holes in the packages that are shipped, and for licences we do not take
	@$(BIN)/pip-licenses --packages $(SHIPPED) >/dev/null && echo "Licences: every one is accepted."
	@$(BIN)/python .ci/audit.py

SHIPPED = $(shell sed -n 's/^\([a-z0-9._-]*\)\(\[.*\]\)\{0,1\}==.*/\1/p' requirements.lock)

sbom: install ## Write what is shipped into build/newsletter.cdx.json (CycloneDX)
	@mkdir -p build
	@PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml \
		--output-reproducible --of JSON --output-file build/newsletter.cdx.json && ls build/newsletter.cdx.json

torture: install ## Kill senders 1,000 times, and count who got what (a quarter of an hour)
	@$(BIN)/python -m tests.faults --kills $(KILLS)
	@TORTURE=long $(BIN)/python -m pytest -q tests/faults tests/web/test_kill.py

KILLS := 1000

bench: install ## Measure, and print figures
	@$(BIN)/python benches

picture: install browser ## Take the pictures of the documentation from the real thing
	@$(BIN)/newsletter build --date 2026-07-05 --out build/picture
	@$(BIN)/python docs/picture.py build/picture/edition.html docs/images/mail.png
	@PYTHONPATH=. $(BIN)/python docs/pages_picture.py docs/images

caniemail: install ## Renew what preflight knows of mail programs: make caniemail DATA=caniemail.json
	@PYTHONPATH=. $(BIN)/python docs/caniemail.py $(DATA)

lock: install ## Pin every dependency again, with hashes and without addresses
	@$(PIP) install uv
	@$(BIN)/uv pip compile --quiet $(LOCK) --output-file requirements.lock pyproject.toml
	@$(BIN)/uv pip compile --quiet $(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

# Addresses are never written: that is what uv does unless it is told to.
LOCK := --universal --no-strip-extras --python-version 3.11 --generate-hashes --upgrade \
	--no-annotate --custom-compile-command "make lock"

clean: ## Remove what was made, but not the database, the outbox and the secret in var/
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
