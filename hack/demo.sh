#!/usr/bin/env bash
# `make demo`: runs the example pipeline on a real Kubernetes, the way users run theirs. Without CONTEXT it brings up a cluster on this
# machine (root); with CONTEXT=name it uses that context of your kubeconfig, and the images get there by REGISTRY=host/path (pushed), by
# `kind load` (contexts named kind-*), or LOADED=1 says that the nodes have them.
set -euo pipefail
cd "$(dirname "$0")/.."

CONTEXT=${CONTEXT:-} REGISTRY=${REGISTRY:-} LOADED=${LOADED:-} CLUSTER=${CLUSTER:-dev} NAMESPACE=${NAMESPACE:-stepherd-demo}
pipeline=examples/iris/pipeline.yaml
times=()

phase() { # NAME COMMAND...: runs it and keeps the seconds
  local name=$1 start=$SECONDS
  shift
  echo "==> $name" >&2
  "$@"
  times+=("$(printf '%-42s %4d s' "$name" $((SECONDS - start)))")
}

fail() {
  echo "error: $1" >&2
  exit 1
}

check() { # everything that can be known before anything is built
  command -v go >/dev/null || fail 'Go is missing; install Go 1.26 or later and put it on the PATH'
  if [ -z "$CONTEXT" ]; then
    [ "$(uname -s)" = Linux ] || fail 'a cluster on this machine needs Linux; use a cluster you have: make demo CONTEXT=name'
    make root packages
    return
  fi
  hack/debian.sh kubectl=kubernetes-client
  kubectl config get-contexts -o name | grep -qxF -- "$CONTEXT" ||
    fail "your kubeconfig has no context \"$CONTEXT\"; see: kubectl config get-contexts"
  if [ -z "$REGISTRY$LOADED" ]; then
    [[ $CONTEXT == kind-* ]] || fail "say how \"$CONTEXT\" gets the images: REGISTRY=host/path to push them there, or LOADED=1 if its nodes have them"
    command -v kind >/dev/null || fail "the context \"$CONTEXT\" looks like kind's, but the command kind is missing; install it, or say REGISTRY=host/path"
  fi
}

build() {
  make launcher images
  [ -n "$CONTEXT" ] || make localcluster
}

connect() { # sets $kubectl and $where, so that the rest need not know which cluster it is
  if [ -n "$CONTEXT" ]; then
    kubectl=(kubectl --context "$CONTEXT")
    where=(--context "$CONTEXT" -n "$NAMESPACE")
  else
    KUBECONFIG=$(bin/localcluster kubeconfig --name "$CLUSTER")
    export KUBECONFIG
    kubectl=(bin/localcluster kubectl --name "$CLUSTER" --)
    where=(-n "$NAMESPACE")
  fi
}

images() {
  driver_flags=()
  if [ -z "$CONTEXT" ]; then
    bin/localcluster load --name "$CLUSTER" bin/driver-image.tar bin/example-image.tar
  elif [ -n "$REGISTRY" ]; then
    make crane
    bin/crane push bin/driver-image.tar "$REGISTRY/driver:demo"
    bin/crane push bin/example-image.tar "$REGISTRY/example-iris:demo"
    driver_flags=(--driver-image "$REGISTRY/driver:demo")
    mkdir -p .build
    sed "s|^\( *image:\) .*|\1 $REGISTRY/example-iris:demo|" "$pipeline" >.build/demo-pipeline.yaml
    pipeline=.build/demo-pipeline.yaml
  elif [ -z "$LOADED" ]; then
    kind load image-archive --name "${CONTEXT#kind-}" bin/driver-image.tar
    kind load image-archive --name "${CONTEXT#kind-}" bin/example-image.tar
  fi
}

install() { # the whole installation: a ServiceAccount, Roles and a binding; and the example's volume
  "${kubectl[@]}" create namespace "$NAMESPACE" --dry-run=client -o yaml | "${kubectl[@]}" apply -f -
  "${kubectl[@]}" apply -n "$NAMESPACE" -k deploy/
  "${kubectl[@]}" apply -n "$NAMESPACE" -f examples/iris/pvc.yaml
}

submit() {
  echo "\$ launcher submit --follow $pipeline" >&2
  bin/launcher submit --follow "$pipeline" "${where[@]}" "${driver_flags[@]}"
}

phase 'check, and install missing packages' check
phase 'build' build
[ -n "$CONTEXT" ] || phase 'start Kubernetes' make cluster-up
connect
phase 'bring the images to the nodes' images
phase 'install Stepherd (ServiceAccount and Roles)' install
phase 'run the pipeline' submit

printf '\nWhere the time went:\n' >&2; printf '  %s\n' "${times[@]}" >&2
cat >&2 <<TXT

Look further:
${KUBECONFIG:+  export KUBECONFIG=$KUBECONFIG
}  bin/launcher list ${where[*]}
  bin/launcher get RUN ${where[*]}
  bin/launcher logs RUN report ${where[*]}
Remove it all:
TXT
if [ -n "$CONTEXT" ]; then
  echo "  kubectl --context $CONTEXT delete namespace $NAMESPACE" >&2
else
  echo "  make cluster-down" >&2
fi
