#!/bin/bash
# A reader that ran out of time, and held the last of an archive, stops nobody when its block comes.
# tags: concurrent
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 2700000 /dev/urandom >"$work/in/noise.bin"
task data
python "$archives/writers.py" stored "$root/data/output.zip" "$work/in"
task live '{"status": "computation-started"}'
emulator
mount -o timeout=2
noise_allowed=yes
ls "$mnt/data/outputs" >/dev/null

fault '{"match": {"kind": "object"}, "action": "stall_headers"}'
expect_match "$(errno_of read "$mnt/data/outputs/noise.bin")" '^(ETIMEDOUT|EIO)$' "a stalled read"
ctl data refresh
clear_faults
for _ in 1 2 3; do
    within $((1000 * slower)) cat "$mnt/live/status" >/dev/null
    ctl live refresh
done
cmp "$work/in/noise.bin" "$mnt/data/outputs/noise.bin"
