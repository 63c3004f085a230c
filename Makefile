# Every command of this repository. `make` lists them; `make lab` and `make test` are all a newcomer needs.
.DEFAULT_GOAL := help
.NOTPARALLEL:

VENV := .venv
PY = "$(CURDIR)/$(VENV)/bin/python"
# Jupyter refuses to run as root (the usual user in a container) unless told.
AS_ROOT := $(shell [ "$$(id -u)" != 0 ] || echo --allow-root)

.PHONY: help
help: # List the commands
	@echo "PYTHON=3.12 (or a command, or a path) chooses the Python of the set-up."
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

.PHONY: lab
lab: ## Take the course: set up, make your copies of the lessons, open JupyterLab
	@sh .ci/setup $(VENV) course
	@cd notebooks && $(PY) -m asynclab.editions
	PYTHONSTARTUP="$(CURDIR)/notebooks/asynclab/startup.py" \
	  $(PY) -m jupyterlab $(AS_ROOT) --ServerApp.ip=127.0.0.1 --ServerApp.root_dir="$(CURDIR)" \
	  --LabApp.default_url=/lab/tree/notebooks/my_course/00_start_here.ipynb

.PHONY: test
test: setup ## Run the tests, of the course and of the café, and the static checks
	$(PY) -m ruff check .
	$(PY) -m mypy
	@$(MAKE) --no-print-directory suite
	@$(PY) -m tests.browser --left-out

.PHONY: notebooks
notebooks: setup ## Run every lesson and refresh what is committed of it (Python 3.13, Django 6.1)
	$(PY) -m tests.reading

.PHONY: guide
guide: setup ## Write the instructor guide and README's routes from the lessons' declarations
	$(PY) -m tests.guide

.PHONY: wheelhouse
wheelhouse: setup ## Fetch what the course needs into wheelhouse/, for a room without a network
	@mkdir -p wheelhouse
	"$(VENV)/bin/uv" export --quiet --frozen --no-hashes --no-default-groups --group course --no-emit-project \
	  --python "$(VENV)/bin/python" >wheelhouse/requirements.txt
	$(PY) -m pip download --quiet --only-binary :all: --dest wheelhouse -r wheelhouse/requirements.txt

.PHONY: bench
bench: setup ## Measure what the instrument costs
	$(PY) -m tests.bench

.PHONY: bounds
bounds: setup ## Measure the time and memory of Run All of each lesson, and the size of a clone
	$(PY) -m tests.bench --bounds $(LESSONS)

.PHONY: load
load: setup ## Send WSGI and ASGI the same loads, and write the reference result: docs/load.md
	@PYTHONPATH="$(CURDIR)/notebooks" $(PY) -m tests.bench.reference

# All of this stays out of the learners' environment: a JupyterHub, and its proxy from npm.
N := 12
PACE := 10
.PHONY: class
class: ## Hold a class of N=12 on a JupyterHub here, PACE=10 times faster than people, and size it: docs/class.md
	@sh .ci/setup .venv-class class
	@.venv-class/bin/python -m tests.classroom --learners "$(N)" --pace "$(PACE)" $(if $(LESSONS),--lessons $(LESSONS))

.PHONY: truth
truth: setup ## Prove that recording changes nothing: Django's own tests, and a real server's messages
	$(PY) -m tests.truth

.PHONY: test-databases
test-databases: setup ## Run the café's tests on SQLite, PostgreSQL and MariaDB; it starts the servers itself
	@PYTHONPATH="$(CURDIR)/notebooks" $(PY) -m tests.databases

.PHONY: test-browser
test-browser: setup ## Take each lesson and the café as a learner does, in JupyterLab and Chromium, and look for what keeps people out
	@$(PY) -m tests.browser

ROUNDS := 20
.PHONY: soak
soak: setup ## Run every lesson ROUNDS=20 times, four kernels at once, on busy cores; nothing may fail or be left
	@$(PY) -m tests.soak --rounds "$(ROUNDS)" $(LESSONS)

.PHONY: audit-dependencies
audit-dependencies: setup ## Ask whether anything in uv.lock has a known vulnerability (needs api.osv.dev)
	@$(PY) -m tests.audit_dependencies

.PHONY: ledger
ledger: setup ## Try each claim about versions on every Django since 3.0, and write down what was seen
	$(PY) -m tests.ledger

.PHONY: ci
ci: setup oldest listed wheel slow truth test-databases test-browser ledger-check ## What `make test` leaves out: Python 3.11, Binder's list in one soak, the wheel, every server, the truth, databases, a browser, the ledger

.PHONY: lock
lock: setup ## Lock newer versions allowed by pyproject.toml, and write environment.yml from the lock
	"$(VENV)/bin/uv" lock --upgrade
	$(PY) -m tests.environment
	@sh .ci/setup $(VENV) dev

.PHONY: clean
clean: ## Remove what set-up and tests have made; your copies of the lessons stay
	rm -rf .venv .venv-3.11 .venv-list .venv-class .ledger wheelhouse .pytest_cache .mypy_cache .ruff_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- Parts of the commands above ------------------------------------------------------------------

.PHONY: setup
setup:
	@sh .ci/setup $(VENV) dev

# The tests alone, in whichever environment VENV names. tests/shares.py says how they are dealt out.
.PHONY: suite
suite:
	$(PY) -m pytest --numprocesses=auto --maxprocesses=4 $(TESTS)
	cd sample_project && $(PY) -W error manage.py test

# The oldest Python and the oldest Django that the course supports.
.PHONY: oldest
oldest:
	@if PYTHON=3.11 sh .ci/setup .venv-3.11 dev; then $(MAKE) --no-print-directory oldest-suite VENV=.venv-3.11; \
	elif [ $$? = 3 ] && [ -z "$$CI" ]; then echo "Skipped: Python 3.11 with Django 5.2."; else exit 1; fi

.PHONY: oldest-suite
oldest-suite: suite
	$(PY) -m tests.truth

# What Binder installs, installed as conda does it: plain pip and the list in environment.yml.
.PHONY: listed
listed: setup
	@rm -rf .venv-list; \
	if PYTHON=3.13 sh .ci/setup .venv-list bare; then $(MAKE) --no-print-directory listed-suite VENV=.venv-list; \
	elif [ $$? = 3 ] && [ -z "$$CI" ]; then echo "Skipped: the list in environment.yml."; else exit 1; fi

# The same versions on the same Python as `make test`, so: what could be missing, the café, and each lesson, in
# one round of `make soak`.
.PHONY: listed-suite
listed-suite:
	.venv/bin/python -m tests.environment --list >"$(VENV)/list.txt"
	$(PY) -m pip install --quiet -r "$(VENV)/list.txt"
	"$(VENV)/bin/uv" export --quiet --frozen --no-hashes --only-group dev --no-emit-project >"$(VENV)/dev.txt"
	$(PY) -m pip install --quiet -r "$(VENV)/dev.txt"
	$(PY) -m pip check
	@$(MAKE) --no-print-directory suite TESTS="tests/test_environment.py tests/test_binder.py tests/test_ready.py"
	$(PY) -m tests.soak --rounds 1

# Every server with the café, and through jupyter-server-proxy as on a hub.
.PHONY: slow
slow: setup
	$(PY) -m pytest -m slow

# The same, and nothing is written: it fails where a claim does not do as it is expected to.
.PHONY: ledger-check
ledger-check: setup
	$(PY) -m tests.ledger --check

# The wheel, built and installed as somebody else's project would; and the course, from a folder of wheels.
.PHONY: wheel
wheel: setup wheelhouse
	$(PY) -m pytest -m network
