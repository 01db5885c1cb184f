#!/bin/bash
# head, tail, grep, wc, cp, less, awk and Python read a file of a running task as any other.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"

machine one
seq 1 30000 >"$work/one/table.txt" # more than is asked for at first
emulator
start_machines one
mount -o "live_program=$fake"
live=$mnt/one/live/table.txt

expect "$(head -n 2 "$live" | xargs)" "1 2"
expect "$(tail -n 3 "$live" | xargs)" "29998 29999 30000"
expect "$(tail -c 5 "$live")" 30000
expect "$(grep -c 7 "$live")" "$(seq 1 30000 | grep -c 7)"
expect "$(wc -c <"$live")" $(($(stat -c %s "$work/one/table.txt") - 1))
expect "$(awk 'END { print NR }' "$live")" 30000
expect "$(sed -n '15000p' "$live")" 15000
expect "$(python -c 'import sys; print(sum(int(line) for line in open(sys.argv[1])))' "$live")" 450015000
expect "$(python -c 'import mmap, sys; file = open(sys.argv[1], "rb"); print(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)[-5:])' "$live")" "b'30000'"
cp "$live" "$work/copy"
cmp "$work/copy" "$live"
tar -cf "$work/tar" -C "${live%/*}" table.txt
expect "$(tar -xOf "$work/tar" | wc -c)" "$(wc -c <"$live")" "what tar has"
if command -v less >/dev/null; then
    expect "$(less "$live" </dev/null | tail -n 1)" 30000 "what less shows"
fi
