# `make` alone lists the targets. Binaries land in bin/. See CONTRIBUTING.md.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VERSION ?= v0.1.0
DRIVER_IMAGE := ghcr.io/stepherd/driver:$(VERSION)
EXAMPLE_IMAGE := localhost/stepherd/example-iris:dev
GOLANGCI := v2.15.0
CLUSTER ?= dev
LDFLAGS := -s -w -X main.version=$(VERSION)
STATIC := CGO_ENABLED=0 GOOS=linux go build -trimpath

CLUSTER_PACKAGES := containerd=containerd runc=runc /usr/lib/cni/bridge=containernetworking-plugins \
	iptables=iptables ip=iproute2 /bin/busybox=busybox-static mount=mount nsenter=util-linux

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

## Building

build: launcher driver ## bin/launcher and bin/driver

launcher:
	@CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/launcher ./cmd/launcher

driver:
	@CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/driver ./cmd/driver

mkimage:
	@go build -C tools -trimpath -o ../bin/mkimage ./mkimage

localcluster:
	@go build -C test/localcluster -ldflags '-s -w' -o ../../bin/localcluster .

image: mkimage ## the driver's image as bin/driver-image.tar, without Docker
	@$(STATIC) -ldflags '$(LDFLAGS)' -o bin/linux/driver ./cmd/driver
	@bin/mkimage --tag $(DRIVER_IMAGE) --user 65532:65532 --entrypoint /driver --cmd run --max-size 20MB \
		--output bin/driver-image.tar bin/linux/driver:/driver

example-image: mkimage
	@$(STATIC) -ldflags '-s -w' -o bin/linux/iris ./examples/iris/steps
	@bin/mkimage --tag $(EXAMPLE_IMAGE) --user 65532:65532 --entrypoint /iris --output bin/example-image.tar bin/linux/iris:/iris

python-image: mkimage # Debian's Python by the name that examples/python.yaml has, as the local cluster has busybox
	@hack/python.sh .build/python
	@bin/mkimage --tag docker.io/library/python:3-slim --env PATH=/usr/bin --output bin/python-image.tar \
		.build/python/usr:/usr .build/python/lib:/lib .build/python/lib64:/lib64

crane: # pushes images to a registry; a tool of the image library
	@go build -C tools -o ../bin/crane github.com/google/go-containerregistry/cmd/crane

images: image example-image

## A Kubernetes on this machine

root:
	@[ "$$(id -u)" -eq 0 ] || { echo 'error: a Kubernetes on this machine needs root (namespaces, mounts, cgroups); run this as root, or use a cluster you have: make demo CONTEXT=name' >&2; exit 1; }

packages: root
	@hack/debian.sh $(CLUSTER_PACKAGES)

cluster-up: packages localcluster ## a two-node Kubernetes on this machine (CLUSTER=dev)
	@bin/localcluster up --name $(CLUSTER) --nodes 2 \
		--label node-2:node.kubernetes.io/name=my_powerful_node_group --taint node-2:node.kubernetes.io/name=:NoSchedule

cluster-down: ## remove it and all that is in it
	@if [ -x bin/localcluster ]; then bin/localcluster down --name $(CLUSTER); else echo 'bin/localcluster is not built, so no cluster of ours is up'; fi

## The main job

demo: ## run the example pipeline on a real Kubernetes; CONTEXT=name uses a cluster you have
	@hack/demo.sh

## Checking

test: ## everything: unit, race, planted bugs, and end to end on a cluster of its own
	@hack/test.sh

# Packages that start no goroutine gain nothing from the race detector, and their largest inputs take minutes under it.
PURE := ./internal/api/... ./internal/dag/... ./internal/run/... ./internal/podspec/... ./internal/report/... ./internal/phrase/... \
	./internal/suggest/... ./internal/cliargs/... ./internal/logfmt/... ./internal/podevents/... ./internal/kube/podstatus/... \
	./internal/launch/admission/... ./internal/launch/client/... ./internal/launch/status/... ./examples/... ./test/mutants/...

# go vet of this module has a stage of its own in hack/test.sh, and is part of make lint.
unit: ## tests that need no cluster, with the race detector where there are goroutines
	@go test -vet=off $(PURE)
	@go test -vet=off -race $$(go list ./... | grep -vxF "$$(go list $(PURE))")
	@go test -C tools ./...
	@go test -C test/localcluster ./...

e2e: ## end-to-end tests on the cluster CLUSTER
	@go test -tags e2e -count 1 -timeout 30m ./test/e2e -cluster $(CLUSTER)

field: ## what people have met in the field, on the cluster CLUSTER
	@go test -tags e2e -count 1 -timeout 30m ./test/field -cluster $(CLUSTER)

contract: ## the parts that speak to an API server, held against that of the cluster CLUSTER
	@STEPHERD_TEST_KUBECONFIG=$$(bin/localcluster kubeconfig --name $(CLUSTER)) go test -tags cluster -count 1 -timeout 30m -v ./internal/kube ./test/crash | grep -v '^=== \|^ *--- PASS'

localcluster-test: ## the local cluster itself, with its own clusters
	@go test -C test/localcluster -tags cluster -count 1 -timeout 20m -run TestUpDownLeavesNothing .

localcluster-parts-test: # its verbs that take parts away; minutes, because Kubernetes takes its time to call a node lost
	@go test -C test/localcluster -tags cluster -count 1 -timeout 20m -run TestPartsStopAndStart .

bin/soak: # always asked of go, which knows what has changed
	@go build -o bin/soak ./test/soak

soak: build image localcluster bin/soak ## 50 runs while drivers, nodes, kubelets and the API server are harmed; writes docs/SOAK.md
	@bin/soak -runs $${RUNS:-50} -out docs/SOAK.md

soak-short: bin/soak # two runs, in minutes
	@bin/soak -cluster $(CLUSTER)-soak -runs 2 -parallel 2 -short

bin/logstorm: # always asked of go, which knows what has changed
	@go build -o bin/logstorm ./test/logstorm

soak-logs: build image localcluster bin/logstorm ## 1,000,000 log lines through restarts of kubelets and the API server, none lost, none twice
	@bin/logstorm -cluster $(CLUSTER)-logs -lines $${LINES:-1000000} -restarts $${RESTARTS:-12} -kills $${KILLS:-5}

soak-logs-short: bin/logstorm # in two minutes
	@bin/logstorm -cluster $(CLUSTER)-logs -lines 200000 -restarts 3 -kills 2

mutants: ## plant bugs in the pure core and expect the tests to find each
	@test/mutants/run.sh

golden: ## rewrite golden files; commit a change only if you can say why each line changed
	@go test ./internal/reference/generate -update # first: the launcher embeds what it writes
	@go test $$(grep -rl --include='*_test.go' 'Bool("update"' cmd internal bench examples | xargs dirname | sort -u | sed 's|^|./|') -update
	@go run -C tools ./verify -root .. -write
	@git status --short -- '*testdata*' deploy docs

bench: ## measure the driver against a bare watch-and-create loop, and its logs against kubectl's; writes docs/BENCHMARKS.md
	@hack/bench.sh

bench-logs: ## the second part of it only
	@PARTS=logs hack/bench.sh

bin/kubectl/kubectl: # runs in any container, so that it can be measured beside the driver
	@CGO_ENABLED=0 go build -C test/localcluster -trimpath -ldflags '-s -w' -o ../../bin/kubectl/kubectl ./kubectl

bin/golangci-lint-$(GOLANGCI):
	@mkdir -p bin && GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI) && mv bin/golangci-lint $@

lint: bin/golangci-lint-$(GOLANGCI) ## golangci-lint, the import arrows among its rules, and verify
	@$< run ./... 
	@cd tools && ../$< run --config ../.golangci.yml ./...
	@cd test/localcluster && ../../$< run --config ../../.golangci.yml ./...
	@$(MAKE) verify

verify: ## tidy modules, current goldens and tables, documented names, references that lead somewhere, sizes within limits
	@go run -C tools ./verify -root ..
	@go run -C tools ./house -root .. >/dev/null

house: ## sizes of packages, files, types and interfaces, held to limits; REF=commit prints that commit's beside them, HINTS=1 short files
	@go run -C tools ./house -root .. $${REF:+-ref $$REF} $${HINTS:+-hints}

clean: ## remove what was built
	@rm -rf bin .build

.PHONY: help crane build launcher driver mkimage localcluster image example-image python-image images root packages cluster-up cluster-down \
	demo test unit e2e field contract localcluster-test localcluster-parts-test soak soak-short bin/soak soak-logs soak-logs-short bin/logstorm mutants golden bench bench-logs bin/kubectl/kubectl lint verify house clean
