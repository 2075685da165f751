# Two commands are all a newcomer needs: `make demo` and `make test`. The rest is for developers (CONTRIBUTING.md).
SHELL := /bin/bash -o pipefail
RUN := . tools/ci/bootstrap.sh &&
NODE := node --conditions=@stateful/source
CLUSTER := $(NODE) tools/local-cluster/src/main.ts
NODES ?= 3
SUITE ?= smoke
MINUTES ?= 30
ROUNDS ?= 20
BENCH_ROUNDS ?= 5
export PROVIDER

.PHONY: help demo test e2e soak leaders etcd-kills etcd-bench bench api-report cluster-up cluster-down cluster-status images generate setup format

help: ## This list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## The main job, step by step: a real Kubernetes, a real Postgres cluster, killed, healed, backed up, restored
	@$(RUN) $(NODE) e2e/src/demo/main.ts

# What tests start is built first: no test's deadline has to allow for a build from nothing.
test: ## All that needs no cluster: format, lint, types, unit and property tests, a real kube-apiserver and etcd
	@$(RUN) prettier --check --log-level=warn . && node tools/ci/lint-workflows.mjs && nx sync:check && \
	  if [ "$$(uname)" = Linux ]; then \
	    $(CLUSTER) build >/dev/null && \
	    for tool in etcd versitygw promtool helm3 helm4; do $(NODE) tools/images/src/main.ts tool $$tool >/dev/null || exit 1; done; \
	  fi && \
	  nx run-many -t lint typecheck test surface --parallel=2 --output-style=stream

e2e: ## Real pods and real failures on the local cluster: SUITE=smoke|histories|etcd
	@$(RUN) $(NODE) e2e/src/main.ts $(SUITE)

soak: ## Caches behind a network that fails for MINUTES=30: nothing missed, nobody silent, no growth
	@$(RUN) $(NODE) --expose-gc packages/reconcile-sdk/soak/main.ts --minutes $(MINUTES)

leaders: ## Two leaders under stalled loops and cut Leases, ROUNDS=20: the old one never writes after the new one's first
	@$(RUN) $(NODE) packages/reconcile-sdk/test/election/two-leaders.ts --rounds $(ROUNDS)

etcd-kills: ## The etcd operator killed at each boundary of its ledger, ROUNDS=20 backups each: one object, one manifest, nothing left
	@$(RUN) $(NODE) apps/etcd-backup-operator/test/process/main.ts --rounds $(ROUNDS)

etcd-bench: ## Backup of an etcd of 8 GiB against etcdctl and an S3 copy tool, BENCH_ROUNDS=5 (40 GB of disk for a while)
	@$(RUN) $(NODE) apps/etcd-backup-operator/bench/main.ts --rounds $(BENCH_ROUNDS)

bench: ## The same operator on our SDK and on controller-runtime, one API server: docs/benchmarks.md
	@$(RUN) $(NODE) tools/bench/src/main.ts --rounds $(BENCH_ROUNDS) --markdown docs/benchmarks.md --json docs/benchmarks.json

api-report: ## Writes down the public surface of the packages
	@$(RUN) $(NODE) tools/api-report/src/main.ts --write

cluster-up: ## The local cluster: NODES=3, PROVIDER=native, kind or existing
	@$(RUN) $(CLUSTER) up --nodes $(NODES)

cluster-down: ## Removes the local cluster and every trace of it
	@$(RUN) $(CLUSTER) down

cluster-status: ## What runs, and where its kubeconfig is
	@$(RUN) $(CLUSTER) status

images: ## All images, without a container engine
	@$(RUN) $(NODE) tools/images/src/main.ts build

generate: ## Chart files that come from the sources: CRDs, RBAC, values schema
	@$(RUN) nx run-many -t generate

setup: ## Node 24 and the workspace's packages
	@$(RUN) true

format: ## Rewrite the sources in the house format
	@$(RUN) prettier --write --log-level=warn .
