#!/bin/bash
# A machine that does not answer, or is gone: an error within the deadline, and others go on.
# tags: plain waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"
noise_allowed=yes

machine one
machine two
machine three
for id in one two three; do printf 'text\n' >"$work/$id/stdout.txt"; done
emulator
start_machines one two
mount -o "live_program=$fake,timeout=15"

expect "$(<"$mnt/one/live/stdout.txt")" text
live_faults one silent
sleep 1.1
expect_errno ETIMEDOUT open "$mnt/one/live/stdout.txt" &
before=$SECONDS
expect "$(<"$mnt/two/live/stdout.txt")" text
((SECONDS - before <= 2)) || fail "another task's file waited"
wait $!
((SECONDS - before <= 12 * slower)) || fail "the error came after $((SECONDS - before)) s"
live_faults one
expect "$(<"$mnt/one/live/stdout.txt")" text "after the silence"
live_faults one lose
sleep 1.1
expect_errno ECONNRESET open "$mnt/one/live/stdout.txt"
live_faults one part=7
expect "$(<"$mnt/one/live/stdout.txt")" text "in small parts"
# Nobody answers the offer: the reader's own deadline ends the wait, and Ctrl+C does at once.
expect_errno ETIMEDOUT open "$mnt/three/live/stdout.txt" &
"${default_signals[@]}" timeout -s INT 1 cat "$mnt/three/live/stdout.txt" && fail "a silent machine was read"
wait $!
