#!/usr/bin/env bash
# Makes sure that commands are there: `hack/debian.sh COMMAND=PACKAGE ...`. A missing one is installed as a Debian package when
# we are root on a Debian; otherwise it is named together with the line that installs it. Nothing is done when all are there.
set -euo pipefail

missing=()
for want in "$@"; do
  command=${want%%=*} package=${want#*=}
  # The plain `command -v` misses /usr/sbin for users whose PATH lacks it; a path is looked up as a file.
  case $command in
    /*) [ -e "$command" ] && continue ;;
    *) PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null && continue ;;
  esac
  missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "error: these packages are missing: ${missing[*]}; as root run: apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
echo "installing Debian packages: ${missing[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "error: apt-get could not install ${missing[*]}; its last lines stand above" >&2
  exit 1
fi
