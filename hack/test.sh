#!/usr/bin/env bash
# `make test`: everything, in stages; ends with each stage's time beside its budget. The end-to-end tests get a cluster of their own,
# which is removed whatever happens. KEEP=1 leaves it for a look; STAGE_SCALE=2 doubles the budgets (hack/stage.sh).
set -uo pipefail
cd "$(dirname "$0")/.."
export CLUSTER=${E2E_CLUSTER:-test}
stage=hack/stage.sh

command -v go >/dev/null || { echo 'error: Go is missing; install Go 1.26 or later and put it on the PATH' >&2; exit 1; }
if [ "$(id -u)" -ne 0 ]; then
  echo 'error: the end-to-end tests bring up a Kubernetes of their own and need root; run make test as root (make unit needs none)' >&2
  exit 1
fi
$stage --reset

remove() { # also when a stage was interrupted; a second down finds nothing to do
  [ -n "${KEEP:-}" ] || [ ! -x bin/localcluster ] || bin/localcluster down --name "$CLUSTER" >/dev/null
}
trap remove EXIT
trap 'exit 130' INT TERM

failed=0
run() { # a stage whose failure does not keep the others from running
  "$stage" "$@" || failed=1
}

# The race detector and cgo need a C compiler, and an example needs Python; the rest is what a cluster needs.
run packages bash -c 'make packages && hack/debian.sh gcc=gcc /usr/include/stdio.h=libc6-dev /usr/bin/pydoc3=python3' || exit 1
run build make build images python-image localcluster
run vet bash -c 'test -z "$(gofmt -l cmd internal bench examples test tools | tee /dev/stderr)" && go vet -tags e2e,cluster ./...'
if [ $failed -eq 0 ]; then
  run unit make unit
  run cluster-up make cluster-up
  run contract make contract
  # End-to-end tests mostly wait for a kubelet, planted bugs need a processor and take what is left of it: side by side they take little
  # more than the longer of the two.
  nice -n 19 "$stage" mutants make mutants >/dev/null 2>&1 &
  mutants=$!
  run e2e make e2e
  run field make field # by itself: its tests run eight at a time
  wait "$mutants" || { failed=1; cat .build/stages/mutants.log; }
  [ -n "${KEEP:-}" ] || run cluster-down bin/localcluster down --name "$CLUSTER"
  # Two runs under a stream of disturbances, beside the local cluster's own tests: each on clusters of their own.
  "$stage" soak make soak-short >/dev/null 2>&1 &
  soak=$!
  run localcluster make localcluster-test
  wait "$soak" || { failed=1; cat .build/stages/soak.log; }
  # Alone: kubelets take an inotify instance for each log that somebody follows, and Linux has 128 of them for all of a machine.
  run logstorm make soak-logs-short
fi
$stage --table || failed=1
[ $failed -ne 0 ] || $stage --warm
exit $failed
