#!/bin/bash
# A file beyond 64 MiB is refused with EFBIG, and never asked for as a whole; others go on.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"
noise_allowed=yes

machine one
{ yes 'a line of a log that is long enough to be a line of a log' || true; } | head -c 80000000 >"$work/one/huge.txt"
printf 'x%.0s' {1..1000} >"$work/one/small.txt"
emulator
start_machines one
mount -o "live_program=$fake"

expect_errno EFBIG read "$mnt/one/live/huge.txt"
asked=$(grep -oE '"lines": [0-9]+' "$work/one.log" | sort -t: -k2n | tail -n 1)
((${asked#*: } * 58 <= 64 * 1024 * 1024)) || fail "$asked were asked for"
grep -q '64 MiB' "$work/taskfs.stderr" || fail "the log does not name the limit"
expect "$(wc -c <"$mnt/one/live/small.txt")" 1000
live_faults one big=70000000
sleep 1.1
expect_errno EFBIG read "$mnt/one/live/small.txt"
live_faults one
sleep 1.1
expect "$(wc -c <"$mnt/one/live/small.txt")" 1000
expect "$(live_log one open)" 1 "connections"
