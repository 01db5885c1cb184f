#!/bin/bash
# What one open reads is one version, although the file changes meanwhile.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "computation-started", "error_detail": "first version"}'
emulator
mount -o ttl=0.2

exec 5<"$mnt/one/info"
head -c 10 <&5 >"$work/got"
task one '{"status": "failed", "error_detail": "second version, and a good deal longer than the first"}'
has_changed() {
    grep -q "second version" "$mnt/one/info"
}
eventually 5 has_changed || fail "the new version is not seen"
cat <&5 >>"$work/got"
exec 5<&-
grep -q "first version" "$work/got" || fail "not the version that was opened"
if grep -q "second version" "$work/got"; then fail "two versions are mixed"; fi
