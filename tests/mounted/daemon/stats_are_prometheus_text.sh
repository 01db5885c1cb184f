#!/bin/bash
# .taskfs/stats is Prometheus text; its counters move.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
emulator
mount

cat "$mnt/one/outputs/a.txt" >/dev/null
cat "$mnt/.taskfs/stats" >"$work/before"
if grep -vE '^(#.*|[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^}]*\})? [-+0-9.eE]+|)$' "$work/before"; then
    fail "lines above are no Prometheus text"
fi
cat "$mnt/one/outputs/a.txt" "$mnt/one/info" "$mnt/one/output.zip" >/dev/null
cat "$mnt/.taskfs/stats" >"$work/after"
if cmp -s "$work/before" "$work/after"; then fail "no counter has moved"; fi
for word in request byte hit miss retr open task memory; do
    grep -qi "$word" "$work/after" || fail "no counter of '$word'"
done
