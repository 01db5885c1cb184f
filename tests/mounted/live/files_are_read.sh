#!/bin/bash
# The files of a running task are listed and read.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"

machine one
printf 'first\nsecond\n' >"$work/one/stdout.txt"
mkdir -p "$work/one/results/deep"
printf 'a,b\n1,2' >"$work/one/results/deep/table.csv"
emulator
start_machines one
mount -o "live_program=$fake"

expect "$(ls "$mnt/one/live" | xargs)" "results stdout.txt"
expect "$(cd "$mnt/one/live" && find . | sort | xargs)" ". ./results ./results/deep ./results/deep/table.csv ./stdout.txt"
expect "$(<"$mnt/one/live/stdout.txt")" $'first\nsecond'
expect "$(cat "$mnt/one/live/results/deep/table.csv")" $'a,b\n1,2'
expect "$(<"$mnt/one/live/.why")" ok
expect_errno ENOENT stat "$mnt/one/live/nothing"
expect "$(find "$mnt/one" -name live)" "" "what is listed"
expect "$(live_log one open)" 1 "connections"
