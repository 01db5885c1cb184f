#!/bin/bash
# The first byte from a machine is there in a second, with the connection; and what is appended to a
# file is seen within three.
# tags: plain alone
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/tracker.sh"
export INDUCTIVA_TURN_SERVER_URL=

running one
printf 'first\n' >"$outputs/one/first.txt"
printf 'second\n' >"$outputs/one/second.txt"
emulator
tracker one
mount

within 1000 cmp "$mnt/one/live/first.txt" <(printf first)
within 300 cmp "$mnt/one/live/second.txt" <(printf second)
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
