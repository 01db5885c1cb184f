#!/bin/bash
# fusermount3 -u ends the daemon within 5 s, with transfers stalled that nobody waits for.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 5000000 /dev/urandom >"$work/in/noise.bin"
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
emulator
mount
noise_allowed=yes
ls -l "$mnt/one/outputs" >/dev/null

fault '{"match": {"kind": "object"}, "action": "stall", "after": 0}'
cat "$mnt/one/outputs/noise.bin" >/dev/null 2>&1 &
reader=$!
has_stalled() {
    (($(waiting_requests) > 0))
}
eventually 5 has_stalled || fail "the read did not stall"
kill -TERM "$reader"
reap "$reader" 5
before=$(now_ms)
unmount
took=$(($(now_ms) - before))
((took < 5000 * slower)) || fail "it took $took ms"
