#!/bin/bash
# SIGINT ends a cat of a stalled file, an ls of a stalled archive and a stalled status at once.
# tags: concurrent
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/stalled.sh"
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
