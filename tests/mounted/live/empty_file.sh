#!/bin/bash
# The machine does not answer for an empty file: it is read as empty, soon, and others go on.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"

machine one
: >"$work/one/stderr.txt"
printf 'text\n' >"$work/one/stdout.txt"
emulator
start_machines one
mount -o "live_program=$fake"

within 2000 cmp "$mnt/one/live/stderr.txt" /dev/null
expect "$(stat -c %s "$mnt/one/live/stderr.txt")" 0
expect "$(<"$mnt/one/live/stdout.txt")" text
printf 'trouble' >"$work/one/stderr.txt"
sleep 1.1
expect "$(<"$mnt/one/live/stderr.txt")" trouble
expect "$(live_log one open)" 1 "connections"
