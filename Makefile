.DEFAULT_GOAL := help
.NOTPARALLEL:

PY := .venv/bin/python
READY := .venv/.ready
READY_DEV := .venv/.ready-dev
READY_BENCH := .venv-bench/.ready
READY_RESTATE := .venv/restate/.ready
PYTEST := $(PY) -m pytest --numprocesses=auto --dist=loadgroup

# Tests start some thousand processes: without bytecode, each compiles the whole package before it begins.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 12

.PHONY: demo
demo: $(READY) ## A goal from beginning to end, offline, in under a minute (ARGS="--yes" asks nobody)
	@$(PY) -m agentflow demo $(ARGS)

.PHONY: test
test: $(READY_DEV) ## All tests (ARGS go to pytest)
	@$(PYTEST) $(ARGS)

.PHONY: check
check: lint ## What CI runs: format, lint, types, import contracts, tests with line and branch coverage
	@$(PYTEST) --cov --cov-report=term-missing:skip-covered $(ARGS)

.PHONY: lint
lint: $(READY_DEV) ## The same without the tests
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) .venv/bin/lint-imports --no-logo --no-cache

.PHONY: again
again: lint ## After `make check`: the tests that failed, once more and alone; says which they are
	@$(PY) -m pytest --last-failed --last-failed-no-failures=none --verbose $(ARGS)
	@$(PY) -m coverage report --format=total

.PHONY: format
format: $(READY_DEV) ## Rewrite the sources in the house format
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

.PHONY: docs
docs: $(READY) ## Write docs/checks.md and docs/plan.svg anew, from the catalogue of checks and the plan in README.md
	@$(PY) -m agentflow.checks > docs/checks.md
	@$(PY) -m tests.docs.picture > docs/plan.svg

.PHONY: notebooks
notebooks: $(READY_DEV) ## Run the notebooks and store what they tell anew (ARGS="02 05" for some)
	@$(PY) -m tests.notebooks.store $(ARGS)

.PHONY: site
site: $(READY_DEV) ## The documentation as a site, in site/: docs/, and the references made from the code
	@$(PY) -m reference

.PHONY: screens
screens: $(READY_DEV) ## Take the pictures of docs/screens/ anew, of every screen (needs chromium)
	@$(PY) -m tests.browser.screens

.PHONY: evals
evals: $(READY) ## Measure the stored replies of models anew, and write docs/evals.md
	@$(PY) -m agentflow.evals tests/evals/replies > docs/evals.md.new && mv docs/evals.md.new docs/evals.md

.PHONY: nightly
nightly: $(READY_DEV) ## All tests, with many more generated examples, every crash point and seeded defects; houses on PostgreSQL; disturbed
	@AGENTFLOW_HYPOTHESIS=nightly $(PYTEST) $(ARGS)
	@$(PYTEST) --store postgres $(ON_A_SERVER) $(ARGS)
	@AGENTFLOW_PERTURB=$$(date +%Y%m%d) $(PYTEST) $(PERTURBED) $(ARGS)

ON_A_SERVER := tests/agent tests/app tests/conformance tests/notebook tests/page tests/remote tests/sync tests/web
PERTURBED := $(ON_A_SERVER) tests/engine tests/path tests/testing

.PHONY: ordinary
ordinary: $(READY_DEV) ## The tests of the wall as an ordinary user (needs root, to become one that may read this folder)
	@HOME=/tmp HYPOTHESIS_STORAGE_DIRECTORY=/tmp/hypothesis PYTHONDONTWRITEBYTECODE=1 AGENTFLOW_HOSTILE=nightly \
	setpriv --reuid=12345 --regid=12345 --clear-groups --inh-caps=-all,+dac_read_search --ambient-caps=+dac_read_search \
	--bounding-set=-all,+dac_read_search --no-new-privs \
	$(PYTEST) -p no:cacheprovider tests/sandbox tests/hostile $(ARGS)

.PHONY: bench
bench: $(READY_BENCH) ## Speed and memory beside the raw floor and the peers (ARGS="--quick" takes a minute)
	@.venv-bench/bin/python -m benchmarks $(ARGS)

.PHONY: load
load: $(READY) ## Start and latencies of `agentflow serve` with 200 listeners, 200 reads and 20 writes a second (ARGS="--quick")
	@$(PY) -m benchmarks.load $(ARGS)

.PHONY: scale
scale: $(READY_DEV) $(READY_RESTATE) ## Runs a second by 1, 2 and 4 workers on Restate and PostgreSQL (ARGS="--quick")
	@$(PY) -m benchmarks.scale $(ARGS)

.PHONY: lock
lock: ## Pin the newest versions that pyproject.toml allows (needs uv)
	@uv pip compile $(LOCKING) --group build --group dev --output-file requirements-dev.lock pyproject.toml
	@uv pip compile $(LOCKING) --group build --constraints requirements-dev.lock --output-file requirements.lock pyproject.toml
	@uv pip compile $(LOCKING) --group build --group bench --constraints requirements-dev.lock --output-file requirements-bench.lock pyproject.toml
	@uv pip compile $(LOCKING) --group build --extra postgres --extra restate --constraints requirements-dev.lock --output-file requirements-deploy.lock pyproject.toml

LOCKING := --quiet --upgrade --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make lock"

.PHONY: restate
restate: $(READY_RESTATE) ## Restate's server, for the tests that need it (from npm)

.PHONY: clean
clean: ## Remove all that make has made
	@rm -rf .venv .venv-bench build dist site htmlcov .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml requirements.lock .ci/venv
	@sh .ci/venv requirements.lock
	@touch $@

$(READY_DEV): pyproject.toml requirements-dev.lock .ci/venv
	@sh .ci/venv requirements-dev.lock
	@touch $(READY) $@

$(READY_BENCH): pyproject.toml requirements-bench.lock .ci/venv
	@sh .ci/venv requirements-bench.lock .venv-bench
	@touch $@

$(READY_RESTATE): .ci/restate/package.json .ci/restate/package-lock.json | $(READY_DEV)
	@command -v npm >/dev/null || { echo "error: npm is missing; on Debian or Ubuntu: apt-get install npm" >&2; exit 1; }
	@mkdir -p $(@D) && cp $^ $(@D)
	@npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
