#!/bin/bash
# ls -lR of a machine with thousands of files is one request; grep -r and cp -r read them.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"

machine one
for ((d = 0; d < 20; d++)); do
    mkdir -p "$work/one/d$d"
    for ((i = 0; i < 100; i++)); do echo "text $d $i" >"$work/one/d$d/f$i"; done
done
emulator
start_machines one
mount -o "live_program=$fake"

expect "$(find "$mnt/one/live" -type f | wc -l)" 2000
ls -lR "$mnt/one/live" >"$work/long"
expect "$(grep -c ' f[0-9]*$' "$work/long")" 2000
expect "$(live_log one '"tail"')" 0 "requests for files by listings"
((slower > 1)) || expect "$(live_log one '"ls"')" 1 "requests for names"
expect "$(grep -r 'text 7 4' "$mnt/one/live/d7" | wc -l)" 11
cp -r "$mnt/one/live/d3" "$work/copy"
for ((i = 0; i < 100; i++)); do expect "$(<"$work/copy/f$i")" "text 3 $i"; done
mark
ls -R "$mnt/one" >"$work/list"
! grep -q live "$work/list" || fail "ls -R of the task goes into live/"
