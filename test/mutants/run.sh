#!/bin/sh
# Plants bugs and expects the tests to find each; see main.go. Arguments are passed on (-only NAME, -j N).
set -eu
cd "$(dirname "$0")/../.."
exec go run ./test/mutants "$@"
