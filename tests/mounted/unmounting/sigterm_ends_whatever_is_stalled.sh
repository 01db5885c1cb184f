#!/bin/bash
# SIGTERM ends the daemon within 5 s, status 0, with reads, listings and waits stalled.
# tags: concurrent
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/stalled.sh"
commands=()
for _ in 1 2 3 4; do
    cat "$mnt/data/outputs/noise.bin" >/dev/null 2>&1 &
    commands+=($!)
done
ls "$mnt/tree/outputs" >/dev/null 2>&1 &
commands+=($!)
cat "$mnt/live/info" >/dev/null 2>&1 &
commands+=($!)
bash -c "echo wait >'$mnt/live/ctl'" 2>/dev/null &
commands+=($!)
has_stalled() {
    (($(waiting_requests) >= 3))
}
eventually 5 has_stalled || fail "the reads did not stall: $(waiting_requests)"
before=$(now_ms)
kill -TERM "$taskfs_pid"
end_of_daemon
took=$(($(now_ms) - before))
((took < 5000 * slower)) || fail "it took $took ms"
if is_mounted; then fail "still mounted"; fi
for command in "${commands[@]}"; do
    reap "$command" 3
    [[ $status != timeout ]] || fail "a process is still stuck"
done
