#!/bin/bash
# Fifty running tasks are looked at, and left: within 15 s no connection is open, nothing is asked
# any more, and the mount has grown by less than 1 MiB.
# tags: plain waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"

ids=()
for ((i = 0; i < 50; i++)); do
    machine "t$i"
    { yes "line of t$i" || true; } | head -n 20000 >"$work/t$i/stdout.txt"
    ids+=("t$i")
done
emulator
start_machines "${ids[@]}"
mount -o "live_program=$fake"
resident() {
    awk '/^VmRSS/ { print $2 }' "/proc/$taskfs_pid/status"
}
is_closed() {
    [[ $(stat_of taskfs_live_connections) == 0 ]]
}
look_at_all() { # FILE: of each task, at once
    local id readers=()
    for id in "${ids[@]}"; do
        cat "$mnt/$id/$1" >"$work/read.$id" &
        readers+=($!)
    done
    wait "${readers[@]}"
}
# Fifty requests at once need threads, which stay.
look_at_all status
look_at_all info
before=$(resident)
look_at_all live/stdout.txt
expect "$(stat_of taskfs_live_connections)" 50 "connections"
eventually 15 is_closed || fail "$(stat_of taskfs_live_connections) connections are open after 15 s"
asked=$(stat_of taskfs_live_messages_total)
sleep 2
expect "$(stat_of taskfs_live_messages_total)" "$asked" "requests when nobody looks"
grown=$(($(resident) - before))
echo "grown by $grown KiB"
((grown < 1024)) || fail "the mount has grown by $grown KiB"
