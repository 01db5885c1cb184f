#!/bin/bash
# Several taskfs at once on one directory: one mounts, the others say that it is mounted already.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one
emulator
mounts() { grep -cF "${mnt// /\\040} " /proc/self/mountinfo || true; }
start_in_background() { # N: its messages and its status go into files
    local got=0
    timeout -k 1 $((20 * slower)) "${prefix[@]}" "$TASKFS" -o "api_url=$api_url" "$mnt" \
        </dev/null >"$work/said.$1" 2>&1 || got=$?
    echo "$got" >"$work/status.$1"
}

for delay in 0 0.5; do
    # With a delay all of them are past the first look at the mount point when one of them mounts.
    fault "{\"match\": {\"kind\": \"list\"}, \"action\": \"delay\", \"seconds\": $delay}"
    starting=()
    for i in 1 2 3 4; do
        start_in_background $i &
        starting+=($!)
    done
    wait "${starting[@]}"
    expect "$(cat "$work"/status.[1-4] | sort | xargs)" "0 1 1 1" "exit statuses"
    expect "$(mounts)" 1 "mounts"
    cat "$work"/said.[1-4]
    expect "$(cat "$work"/said.[1-4] | grep -c 'is mounted already')" 3 "messages"
    expect "$(<"$mnt/one/status")" success "a status"
    clear_faults
    pid=$(daemon_pids)
    fusermount3 -u "$mnt"
    has_ended() { ! is_running "$pid"; }
    eventually $((5 * slower)) has_ended || fail "the daemon runs on"
    expect "$(ls -A "$mnt")" "" "what is left in the mount point"
done

# A lock of somebody else's on the directory only delays it.
flock "$mnt" sleep 30 &
locking=$!
is_locked() { ! flock -n "$mnt" true; }
eventually 5 is_locked
start_in_background 1
expect "$(<"$work/status.1")" 0 "exit status beside another's lock"
kill "$locking"
pid=$(daemon_pids)
fusermount3 -u "$mnt"
eventually $((5 * slower)) has_ended || fail "the daemon runs on"
