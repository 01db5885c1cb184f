#!/bin/bash
# Nothing arrives for 10 s: the transfer is dropped and its rest asked for again.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 3000000 /dev/urandom >"$work/in/noise.bin"
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
emulator
mount
ls "$mnt/one/outputs" >/dev/null

fault '{"match": {"kind": "object"}, "count": 1, "action": "stall", "after": 20000}'
before=$SECONDS
cmp "$work/in/noise.bin" "$mnt/one/outputs/noise.bin"
took=$((SECONDS - before))
((took >= 8 && took <= 14 + slower)) || fail "it took $took s"
