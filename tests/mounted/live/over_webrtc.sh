#!/bin/bash
# The same with the real taskfs-live and machines that speak WebRTC: reading, following, large files
# over a lossy link, a second task, the end of a machine, and the end of the connections.
# tags: alone
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

within 1000 cmp "$mnt/one/live/second.txt" <(printf second)
cmp "$mnt/one/live/stdout.txt" <(seq 1 200000 | head -c -1)
expect "$(ls "$mnt/one/live" | xargs)" "second.txt stderr.txt stdout.txt"
cmp "$mnt/one/live/stderr.txt" /dev/null
expect "$(<"$mnt/two/live/stdout.txt")" "of two"
cmp "$mnt/two/live/table.txt" <(seq 1 40000 | head -c -1)
timeout 20 tail -f -n 1 "$mnt/one/live/second.txt" >"$work/seen" &
follower=$!
sleep 1.2
for line in one two; do
    echo "$line" >>"$outputs/one/second.txt"
    eventually 3 grep -q "$line" "$work/seen" || fail "tail -f has not seen '$line' in 3 s"
done
kill $follower
wait $follower || true
expect "$(tracker_connections_ever one)" 1 "connections ever"
stop_tracker one
expect_errno ETIMEDOUT open "$mnt/one/live/stdout.txt"
expect "$(<"$mnt/two/live/stdout.txt")" "of two"
are_closed() {
    [[ $(tracker_connections two) == 0 ]]
}
eventually 15 are_closed || fail "$(tracker_connections two) connections are open 15 s after the last look"
