#!/usr/bin/env bash
# Lays out what an image with Python needs, from this machine's Debian packages: `hack/python.sh FOLDER`. The interpreter, the part of the
# standard library that Debian calls minimal, json, and the libraries that the interpreter is linked to: 16 MB.
set -euo pipefail

target=$1
[ -x /usr/bin/python3 ] || { echo 'error: /usr/bin/python3 is missing; as root run: apt-get install -y --no-install-recommends python3' >&2; exit 1; }
python=$(basename "$(readlink -f /usr/bin/python3)")
rm -rf "$target"
{
  dpkg -L "$python-minimal" "lib$python-minimal" | grep -E '^/usr/(bin|lib)/'
  find "/usr/lib/$python/json" -name '*.py'
} | sort -u | while read -r file; do
  if [ -f "$file" ] && [ ! -L "$file" ]; then install -D "$file" "$target$file"; fi
done
ldd "/usr/bin/$python" | grep -o '/[^ ]*' | while read -r library; do install -D "$(readlink -f "$library")" "$target$library"; done
ln -s "$python" "$target/usr/bin/python3"
