#!/bin/bash
# A machine that does not answer, or is gone: an error within the deadline, and others go on.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"
noise_allowed=yes

machine one
machine two
machine three
for id in one two three; do printf 'text\n' >"$work/$id/stdout.txt"; done
emulator
start_machines one two
mount -o "live_program=$fake,timeout=20"

expect "$(<"$mnt/one/live/stdout.txt")" text
live_faults one silent
sleep 1.1
within 13000 bash -c '! cat "$1" 2>"$2"' _ "$mnt/one/live/stdout.txt" "$work/said" &
before=$SECONDS
expect "$(<"$mnt/two/live/stdout.txt")" text
((SECONDS - before <= 2)) || fail "another task's file waited"
wait $!
expect_match "$(<"$work/said")" "timed out"
live_faults one
expect "$(<"$mnt/one/live/stdout.txt")" text "after the silence"
live_faults one lose
sleep 1.1
within 3000 bash -c '! cat "$1" 2>"$2"' _ "$mnt/one/live/stdout.txt" "$work/said"
live_faults one part=7
expect "$(<"$mnt/one/live/stdout.txt")" text "in small parts"
# Nobody answers the offer: the reader's own deadline ends the wait, and Ctrl+C does at once.
expect_errno ETIMEDOUT open "$mnt/three/live/stdout.txt" &
"${default_signals[@]}" timeout -s INT 1 cat "$mnt/three/live/stdout.txt" && fail "a silent machine was read"
wait $!
