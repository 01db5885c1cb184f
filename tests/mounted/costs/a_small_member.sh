#!/bin/bash
# cat of a small member, once the tree is known, is one range; again, none.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
for n in $(seq -w 1 200); do
    head -c 20000 /dev/urandom >"$work/in/$n.bin"
done
for writer in zipfile stored 7zz; do
    task "$writer"
    python "$archives/writers.py" "$writer" "$root/$writer/output.zip" "$work/in"
done
emulator
mount

for id in zipfile stored 7zz; do
    ls -lR "$mnt/$id/outputs" >/dev/null
    mark
    cmp "$work/in/100.bin" "$mnt/$id/outputs/100.bin"
    expect_requests 1 kind=object
    expect_requests 1
    mark
    cmp "$work/in/100.bin" "$mnt/$id/outputs/100.bin"
    expect_requests 0
done
