#!/usr/bin/env bash
# `make bench`: measures the driver against the floor, and its logs against kubectl's, on a cluster of its own, which is removed whatever
# happens, and writes docs/BENCHMARKS.md. ROUNDS=n and SHAPES=chain,fanout,layers make it shorter; PARTS=runs or PARTS=logs does and writes
# one part only; OUT=file writes the report elsewhere (OUT= nowhere); KEEP=1 leaves the cluster up; NOISE=1 runs the floor against itself and
# writes no file. Exit code 1: a bar is broken.
set -euo pipefail
cd "$(dirname "$0")/.."

CLUSTER=${BENCH_CLUSTER:-bench} ROUNDS=${ROUNDS:-9} SHAPES=${SHAPES:-chain,fanout,layers} OUT=${OUT-docs/BENCHMARKS.md} PARTS=${PARTS:-runs logs}
floor_image=localhost/stepherd/bench-floor:dev

command -v go >/dev/null || { echo 'error: Go is missing; install Go 1.26 or later and put it on the PATH' >&2; exit 1; }

remove() { # also after Ctrl-C; a second down finds nothing to do
  [ -n "${KEEP:-}" ] || [ ! -x bin/localcluster ] || bin/localcluster down --name "$CLUSTER" >/dev/null
}
trap remove EXIT
trap 'exit 130' INT TERM

tag_of() { # ARCHIVE: the name that is inside of it, so that it is written in one place only
  tar -xOf "$1" manifest.json | sed -E 's/.*"RepoTags":\["([^"]+)".*/\1/'
}

make packages image localcluster launcher
[[ $PARTS != *logs* ]] || make bin/kubectl/kubectl
CGO_ENABLED=0 GOOS=linux go build -trimpath -ldflags '-s -w' -o bin/linux/floor ./bench/floor
bin/mkimage --tag "$floor_image" --user 65532:65532 --entrypoint /floor --output bin/floor-image.tar bin/linux/floor:/floor
go build -trimpath -o bin/bench ./bench

bin/localcluster up --name "$CLUSTER" --kubelet-log-max-size 4Gi >&2 # the log that is read must not be rotated meanwhile
bin/localcluster load --name "$CLUSTER" bin/driver-image.tar bin/floor-image.tar >&2
contestant=$(tag_of bin/driver-image.tar)
if [ -n "${NOISE:-}" ]; then contestant=$floor_image OUT='' PARTS=runs; fi
common=(-kubeconfig "$(bin/localcluster kubeconfig --name "$CLUSTER")" -rounds "$ROUNDS" -out "$OUT" -driver-image "$contestant" -floor-image "$floor_image")
code=0
for part in $PARTS; do # a bar that one part breaks does not keep the other from being measured
  case $part in
    runs) bin/bench "${common[@]}" -shapes "$SHAPES" || code=$? ;;
    logs) bin/bench "${common[@]}" -logs || code=$? ;;
    *) echo "error: PARTS=$PARTS: a part is runs or logs" >&2; exit 2 ;;
  esac
done
exit "$code"
