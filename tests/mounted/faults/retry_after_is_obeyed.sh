#!/bin/bash
# A Retry-After of 2 seconds is waited for.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 1000000 /dev/urandom >"$work/in/noise.bin"
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
emulator
mount
ls "$mnt/one/outputs" >/dev/null

fault '{"match": {"kind": "object"}, "action": "status", "code": 429, "retry_after": "2", "count": 1}'
before=$(now_ms)
cmp "$work/in/noise.bin" "$mnt/one/outputs/noise.bin"
took=$(($(now_ms) - before))
((took >= 1900)) || fail "asked again after $took ms"
