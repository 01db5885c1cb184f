#!/bin/bash
# Who opens a name that was just listed, when the connection is lost, is told so, and does not get a
# text that was read long ago; who follows the file is not told.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"
noise_allowed=yes

machine one
printf 'old\n' >"$work/one/stdout.txt"
printf 'first\n' >"$work/one/followed.txt"
emulator
start_machines one
mount -o "live_program=$fake"
live=$mnt/one/live

expect "$(<"$live/stdout.txt")" old
timeout 30 tail -f "$live/followed.txt" >"$work/seen" 2>&1 &
follower=$!
sleep 5.5
printf 'new\n' >"$work/one/stdout.txt"
expect "$(ls "$live" | xargs)" "followed.txt stdout.txt"
live_faults one lose
! cat "$live/stdout.txt" >"$work/got" 2>"$work/said" || fail "cat shows '$(<"$work/got")'"
grep -q 'Connection reset by peer' "$work/said" || fail "cat says: $(<"$work/said")"
sleep 1.5
live_faults one
printf 'second\nthird\n' >>"$work/one/followed.txt"
eventually 8 grep -q second "$work/seen" || fail "tail -f has ended: $(<"$work/seen")"
kill $follower
wait $follower || true
