#!/bin/bash
# Until it is mounted the daemon is of its caller's process group, as automounters want; then it
# leaves it.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one
emulator
group_of() { # the process group and the session of a process
    awk '{ print $5, $6 }' "/proc/$1/stat"
}

fault '{"match": {"kind": "list"}, "count": 1, "action": "stall_headers", "seconds": 3}'
"${prefix[@]}" "$TASKFS" -o "api_url=$api_url" "$mnt" </dev/null &
starting=$!
is_asking() { (($(waiting_requests) > 0)); }
eventually 10 is_asking || fail "it asks nothing"
pids=$(daemon_pids)
expect "$(wc -w <<<"$pids")" 2 "processes that start"
for pid in $pids; do
    expect "$(group_of "$pid")" "$(group_of $$)" "group and session of process $pid"
done
clear_faults
status=0
reap "$starting" $((10 * slower))
expect "$status" 0 "status of the start"
taskfs_pid=$(daemon_pids)
expect "$(group_of "$taskfs_pid")" "$taskfs_pid $taskfs_pid" "group and session of the daemon"
expect "$(<"$mnt/one/status")" success "status"
fusermount3 -u "$mnt"
has_gone() { ! is_running "$taskfs_pid"; }
eventually $((5 * slower)) has_gone || fail "the daemon does not end"
taskfs_pid=
