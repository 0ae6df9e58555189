#!/usr/bin/env bash
# Runs one stage of `make test` and notes how long it took: `hack/stage.sh NAME COMMAND...`. Its output goes to .build/stages/NAME.log
# as well; `hack/stage.sh --table` prints where the time went and fails if a stage failed; `--reset` starts anew.
set -uo pipefail
dir=.build/stages

case $1 in
  --reset) rm -rf "$dir"; mkdir -p "$dir"; date +%s >"$dir/.start"; exit 0 ;;
  --table)
    printf '\n%-24s %8s  %s\n' STAGE SECONDS RESULT
    failed=0
    for row in "$dir"/*.row; do
      IFS=$'\t' read -r name seconds result <"$row"
      printf '%-24s %8s  %s\n' "$name" "$seconds" "$result"
      [ "$result" = ok ] || failed=1
    done
    printf '%-24s %8s\n' 'whole (by the wall)' "$(($(date +%s) - $(cat "$dir/.start")))"
    exit $failed ;;
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
