#!/usr/bin/env bash
# Runs one stage of `make test` and notes how long it took: `hack/stage.sh NAME COMMAND...`. Its output goes to .build/stages/NAME.log
# as well. `hack/stage.sh --table` prints each stage beside its budget (hack/budgets.txt) and fails if a stage failed or took more than
# twice of it; `--reset` starts anew. STAGE_SCALE=1.5 gives each stage half as much again.
#
# A build cache that has not seen a whole run, as that of a new clone or of CI's first run, has all of Kubernetes to compile: budgets
# are then shown, and not enforced. `--warm` notes in the cache that it has seen one.
set -uo pipefail
dir=${STAGE_DIR:-.build/stages}
budgets=${STAGE_BUDGETS:-$(dirname "$0")/budgets.txt}
scale=${STAGE_SCALE:-1}

warm() { # the file that says that the build cache is warm
  echo "${STAGE_WARM:-$(go env GOCACHE)/stepherd-warm-$(go env GOVERSION)}"
}

budget() { # NAME: its seconds, scaled; nothing if the table has no row
  awk -v name="$1" -v scale="$scale" '$1 == name { print int($2 * scale + 0.5) }' "$budgets"
}

verdict() { # NAME SECONDS RESULT: the result, or what is wrong with the time
  local most
  most=$(budget "$1")
  if [ "$3" != ok ]; then
    echo "$3"
  elif [ -z "$most" ]; then
    echo "NO BUDGET: add a row for $1 to $budgets"
  elif [ "$2" -le $((2 * most)) ]; then
    echo ok
  elif [ -e "$(warm)" ]; then
    echo "TOO SLOW: more than twice its budget; STAGE_SCALE=2 if it is the machine"
  else
    echo "ok, though slow: the build cache was cold"
  fi
}

table() {
  local row name seconds result failed=0
  printf '\n%-24s %8s %8s  %s\n' STAGE SECONDS BUDGET RESULT
  for row in "$dir"/*.row; do
    IFS=$'\t' read -r name seconds result <"$row"
    result=$(verdict "$name" "$seconds" "$result")
    printf '%-24s %8s %8s  %s\n' "$name" "$seconds" "$(budget "$name")" "$result"
    [[ $result == ok* ]] || failed=1
  done
  printf '%-24s %8s\n' 'whole (by the wall)' "$(($(date +%s) - $(cat "$dir/.start")))"
  return $failed
}

case $1 in
  --reset) rm -rf "$dir"; mkdir -p "$dir"; date +%s >"$dir/.start"; exit 0 ;;
  --table) table; exit ;;
  --warm) touch "$(warm)"; exit ;;
esac

name=$1
shift
mkdir -p "$dir"
start=$(date +%s)
echo "== $name" >&2
"$@" 2>&1 | tee "$dir/$name.log"
status=${PIPESTATUS[0]}
result=ok
[ "$status" -eq 0 ] || result="FAILED ($status), see $dir/$name.log"
order=$(find "$dir" -name '*.row' | wc -l)
printf '%s\t%s\t%s\n' "$name" "$(($(date +%s) - start))" "$result" >"$dir/$(printf '%02d' "$order")-$name.row"
exit "$status"
