#!/bin/bash
# SIGINT ends a cat of a stalled file, an ls of a stalled archive and a stalled status at once.
# tags: concurrent
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 5000000 /dev/urandom >"$work/in/noise.bin"
for id in data tree; do
    task $id
    python "$archives/writers.py" stored "$root/$id/output.zip" "$work/in"
done
task live '{"status": "computation-started"}'
emulator
mount
noise_allowed=yes
ls -l "$mnt/data/outputs" >/dev/null

fault '[{"match": {"kind": "object"}, "action": "stall", "after": 0},
    {"match": {"task": "live"}, "action": "stall_headers"}]'
# Background jobs of a script ignore SIGINT, unless it is put back.
for command in "cat $mnt/data/outputs/noise.bin" "ls $mnt/tree/outputs" "cat $mnt/live/info"; do
    seen=$(waiting_requests)
    "${default_signals[@]}" "${command%% *}" "${command#* }" >/dev/null &
    reader=$!
    has_stalled() {
        (($(waiting_requests) > seen))
    }
    eventually 5 has_stalled || fail "'$command' did not stall"
    before=$(now_ms)
    kill -INT "$reader"
    reap "$reader" 3
    took=$(($(now_ms) - before))
    [[ $status != timeout ]] || fail "'$command' could not be interrupted"
    ((took < 500 * slower)) || fail "'$command' took $took ms to end"
done
