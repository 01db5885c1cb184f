#!/bin/bash
# The same with the real taskfs-live and machines that speak WebRTC: reading, large files over a
# lossy link, a second task, the end of a machine, and the end of the connections.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/tracker.sh"
noise_allowed=yes
export INDUCTIVA_TURN_SERVER_URL=

running one
running two
seq 1 200000 >"$outputs/one/stdout.txt"
printf 'second\n' >"$outputs/one/second.txt"
: >"$outputs/one/stderr.txt"
printf 'of two\n' >"$outputs/two/stdout.txt"
seq 1 40000 >"$outputs/two/table.txt"
emulator
tracker one
tracker two --loss 2
mount -o timeout=12

cmp "$mnt/one/live/second.txt" <(printf second)
cmp "$mnt/one/live/stdout.txt" <(seq 1 200000 | head -c -1)
expect "$(ls "$mnt/one/live" | xargs)" "second.txt stderr.txt stdout.txt"
cmp "$mnt/one/live/stderr.txt" /dev/null
expect "$(<"$mnt/two/live/stdout.txt")" "of two"
cmp "$mnt/two/live/table.txt" <(seq 1 40000 | head -c -1)
expect "$(tracker_connections_ever one)" 1 "connections ever"
stop_tracker one
expect_errno ETIMEDOUT open "$mnt/one/live/stdout.txt"
expect "$(<"$mnt/two/live/stdout.txt")" "of two"
are_closed() {
    [[ $(tracker_connections two) == 0 ]]
}
eventually 15 are_closed || fail "$(tracker_connections two) connections are open 15 s after the last look"
