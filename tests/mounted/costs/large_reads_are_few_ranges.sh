#!/bin/bash
# A sequential reader of a large member makes few large ranges, not one a read.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c $((40 << 20)) /dev/urandom >"$work/in/big.bin"
for writer in stored 7zz; do
    task "$writer"
    python "$archives/writers.py" "$writer" "$root/$writer/output.zip" "$work/in"
done
emulator
mount

for id in stored 7zz; do
    mark
    cmp "$work/in/big.bin" "$mnt/$id/outputs/big.bin"
    # Windows start small and double: some small ones, then megabytes.
    expect_requests 10-24 kind=object
done
