# The words that people and CI both run. Each installs what it needs first.
#
#   make demo [FOR=60] [REPLAY=recording.csv] [KEEP=1] [SEED=7]   run everything, with no hardware
#   make test                                                     every check and every test

PYTHON ?= python3
BOOT := $(PYTHON) deploy/bootstrap.py
BIN := .venv/bin
# Python may have been told not to keep what it compiles. Every process of the platform starts
# several times as fast from what is kept.
unexport PYTHONDONTWRITEBYTECODE
# Most tests wait for a real broker, database or browser: more workers than cores pay.
WORKERS ?= 4
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder
# What failed beside others on a busy machine must pass alone.
ALONE := $(BIN)/python -m pytest --last-failed --last-failed-no-failures none
FOR ?=
REPLAY ?=
KEEP ?=
SEED ?=
ROUNDS ?=
MINUTES ?=
DATA ?=
ONLY ?=
IN ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test check unit integration conformance e2e long faults loop bench backtest score growth panels soak lock clean

help: ## Show this list
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## /  make \1|/' \
		| while IFS='|' read -r word text; do printf '%-20s %s\n' "$$word" "$$text"; done

setup: ## Install everything that the other words need
	@$(BOOT) setup

demo: ## Run the platform with a simulated compound (FOR=seconds REPLAY=file KEEP=1 SEED=n)
	@began=$$(date +%s.%N); $(BOOT) demo && TOWERWATCH_DEMO_BEGAN=$$began exec $(BIN)/python \
		-m towerwatch demo $(if $(FOR),--for $(FOR)) $(if $(REPLAY),--replay "$(REPLAY)") \
		$(if $(KEEP),--keep) $(if $(SEED),--seed $(SEED))

test: ## Run every check and every test but the long ones, on the real broker and database
	@$(BOOT) test
	@$(BIN)/python -m pytest --collect-only -qq >/dev/null 2>&1 & \
		$(MAKE) --no-print-directory checks; status=$$?; wait; exit $$status
	@$(call timed,All tests,$(PYTEST) $(ARGS) || $(ALONE))

check: ## Run the checks alone: format, lint, types, imports
	@$(BOOT) check
	@$(MAKE) --no-print-directory checks

unit: ## Run the tests that touch neither network nor clock
	@$(BOOT) check
	@$(call timed,Unit tests,$(PYTEST) tests/unit $(ARGS))

integration: ## Run the tests against the real broker and the real database
	@$(BOOT) test
	@$(call timed,Integration tests,$(PYTEST) $(wildcard tests/contract) tests/integration $(ARGS))

conformance: ## Try the clauses of MQTT 5 that the line relies on, on the shipped broker
	@$(BOOT) test
	@$(call timed,Conformance tests,$(PYTEST) tests/conformance $(ARGS))

e2e: ## Run the tests from the simulator to the browser
	@$(BOOT) test
	@$(call timed,End-to-end tests,$(PYTEST) tests/e2e $(ARGS))

long: ## Run the tests that take minutes: each named fault, a week's outage, a move to another home
	@$(BOOT) test
	@$(call timed,Long tests,$(PYTEST) -m long $(ARGS))

faults: ## Break things on purpose and count what was lost (ROUNDS=n SEED=n)
	@$(BOOT) test
	@$(call timed,Faults,$(BIN)/python -m tests.faults \
		$(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SEED),--seed $(SEED)) $(ARGS))

loop: ## Prove the closed loop: orders, clocks, black-out, scale, dispatch (SEED=n)
	@$(BOOT) test
	@$(call timed,Closed loop,$(BIN)/python -m tests.loop --out build/loop.json \
		$(if $(SEED),--seed $(SEED)) $(ARGS))

bench: ## Measure against the budgets of the design
	@$(BOOT) test
	@$(call timed,Benchmarks,$(BIN)/python -m tests.benchmarks --out build/bench.json $(ARGS))

backtest: ## Judge early warning on lifts it never saw, beside trivial rules (SEED=n)
	@$(BOOT) check
	@$(call timed,Backtest,$(BIN)/python -m towerwatch backtest --out build/backtest.json \
		$(if $(SEED),--seed $(SEED)) $(ARGS))

score: ## Judge the detectors by the rules of public benchmarks, beside trivial rows (DATA=folder)
	@$(BOOT) check
	@$(call timed,Score,$(BIN)/python -m tests.scoring --out build/score.json \
		$(if $(DATA),--data "$(DATA)") $(ARGS))

growth: ## Prove workers, brokers and districts side by side, the long rounds too
	@$(BOOT) test
	@$(call timed,Growth,$(BIN)/python -m pytest -n 2 --dist loadscope -m "long or not long" tests/growth $(ARGS))

panels: ## Ask every Grafana panel for a year of 10,000 assets (10 GB of disk, some minutes)
	@$(BOOT) test
	@$(call timed,Panels,$(BIN)/python -m tests.benchmarks.panels --out build/panels.json $(ARGS))

soak: ## Hold full load and judge the memory of every process (MINUTES=10)
	@$(BOOT) test
	@$(call timed,Soak,$(BIN)/python -m tests.soak --out build \
		$(if $(MINUTES),--minutes $(MINUTES)) $(ARGS))

.PHONY: screens
screens: ## Take pictures of every screen and measure the console (ONLY=word IN=zh)
	@$(BOOT) test
	@$(call timed,Screens,$(BIN)/python -m tests.screens \
		$(if $(ONLY),--only "$(ONLY)") $(if $(IN),--language "$(IN)") $(ARGS))

.PHONY: card
card: ## Write into README and docs what faults, attacks and benchmarks have measured
	@$(BIN)/python -m tests.faults --card
	@if test -f build/backtest.json; then \
		$(BIN)/python -m towerwatch backtest --card README.md --card docs/early_warning.md; fi
	@$(BIN)/python docs/generate.py

.PHONY: checks
checks:
	@$(call timed,Format,$(BIN)/ruff format --check .)
	@$(call timed,Lint,$(BIN)/ruff check .)
	@$(call timed,Types,$(BIN)/mypy)
	@$(call timed,Imports,$(BIN)/lint-imports)

lock: ## Resolve the dependencies anew and write the hash-locked lists
	@$(BOOT) check
	@$(BIN)/uv pip compile $(LOCK) pyproject.toml -o requirements/run.txt
	@$(BIN)/uv pip compile $(LOCK) pyproject.toml --group dev -o requirements/dev.txt
	@for list in uv build peer; do \
		$(BIN)/uv pip compile $(LOCK) requirements/$$list.in -o requirements/$$list.txt; done

LOCK := -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

clean: ## Remove the environment and fetched files; data and runtime stay
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf dashboards/console/node_modules dashboards/console/static/vendor tests/community/node_modules

# Say what runs and how long it took; a failure keeps its own exit status.
define timed
echo "== $(1)"; begun=$$(date +%s); $(2); status=$$?; \
	echo "== $(1): $$(( $$(date +%s) - begun )) s"; exit $$status
endef
