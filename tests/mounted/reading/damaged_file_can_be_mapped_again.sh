#!/bin/bash
# A file that was found damaged while it is open is read and mapped by the next opener as any other.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in" "$work/in/d"
seq 1 100000 >"$work/in/d/text"
task one
python "$archives/writers.py" zipfile "$root/one/output.zip" "$work/in"
emulator
mount
noise_allowed=yes
ls -lR "$mnt/one/outputs" >/dev/null

cd "$mnt/one/outputs/d" # a shell that stands there goes on
fault '{"match": {"kind": "object"}, "action": "flip", "at": 60000}'
exec 5<text
expect_errno EIO read text
clear_faults
exec 6<text
expect "$(python -c '
import mmap, os, sys
with open("text", "rb") as file:
    print(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)[:] == open(sys.argv[1], "rb").read())
' "$work/in/d/text")" True "the mapped file"
cmp - "$work/in/d/text" <&6 || fail "an opener after the damage reads other bytes"
status=0
cat <&5 >/dev/null 2>&1 || status=$?
expect "$status" 1 "the status of the reader that has it open as it was"
cp text "$work/copy"
cmp "$work/copy" "$work/in/d/text"
exec 5<&- 6<&-
cd "$work"
