#!/bin/bash
# An archive of a million members: a directory of it costs three requests and little memory.
# tags: alone
#
# row forward: Of a million members that the directory lists in the order of their data.
# row reverse: Of a million members that the directory lists in the reverse order of their data.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

count=$((slower == 1 ? 1000000 : 100000))
task one
python "$archives/many.py" "$root/one/output.zip" "$count" 1000 "$1"
emulator
mount
mark

last=$((count - 1))
folder=$(printf '%04d' $((last / 1000)))
expect "$(find "$mnt/one/outputs/$folder" -type f | wc -l)" 1000 "files in the last directory"
expect_requests 1 kind=signed-url
expect_requests 2 kind=object # the tail of the archive, the rest of the directory
expect_requests 3
expect "$(cat "$mnt/one/outputs/$folder/$(printf '%07d' "$last").txt")" "$(printf '%07d' "$last")" \
    "the last member"
expect "$(<"$mnt/one/outputs/0000/0000000.txt")" 0000000 "the first member"
expect "$(errno_of stat "$mnt/one/outputs/0000/$(printf '%07d' "$last").txt")" ENOENT "no member"

# 48 and 24 bytes a member, its name, 8 for the index, and 8 more where the directory is not in the
# order of the data; the program itself takes 10 MiB.
if ((slower == 1)); then
    peak=$(awk '$1 == "VmHWM:" { print int($2 / 1024) }' "/proc/$taskfs_pid/status")
    ((peak <= 140)) || fail "$peak MiB at the peak, at most 140 expected"
fi
