# Two commands are all a newcomer needs: `make demo` and `make test`. The rest is for developers (CONTRIBUTING.md).
SHELL := /bin/bash -o pipefail
RUN := . tools/ci/bootstrap.sh &&
NODE := node --conditions=@stateful/source

.PHONY: help test setup format

help: ## This list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Node 24 and the workspace's packages
	@$(RUN) true

test: ## Everything that needs no cluster: format, lint, types, unit and property tests
	@$(RUN) prettier --check --log-level=warn . && nx run-many -t lint typecheck test --parallel=2 --output-style=stream

format: ## Rewrite the sources in the house format
	@$(RUN) prettier --write --log-level=warn .
