#!/bin/bash
# The first ETag is pinned: another one on a later range gives ESTALE, never a mixture.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 8000000 /dev/urandom >"$work/in/noise.bin"
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
emulator
mount
noise_allowed=yes

expect "$(head -c 100 "$mnt/one/outputs/noise.bin" | cmp - <(head -c 100 "$work/in/noise.bin") && echo same)" \
    same "the first bytes"
exec 5<"$mnt/one/outputs/noise.bin"
fault '{"match": {"kind": "object"}, "action": "etag", "value": "another"}'
if cat <&5 >"$work/got" 2>"$work/errors"; then fail "an archive of two versions was read"; fi
grep -qi stale "$work/errors" || fail "the error is: $(<"$work/errors")"
exec 5<&-
clear_faults
