#!/bin/bash
# What was read of a finished task costs nothing again, though our own cache is far smaller.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c $((24 << 20)) /dev/urandom >"$work/in/big.bin"
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
emulator
mount -o cache_size=4M

# Whoever runs this machine may have the kernel drop pages, or take them back little by little: it
# counts the drops, and the pages that are read again after it took them. Then once more.
taken() {
    grep -E '^(drop_pagecache|drop_slab|workingset_refault_file) ' /proc/vmstat
}
for _ in 1 2 3 4 5; do
    before=$(taken)
    cmp "$work/in/big.bin" "$mnt/one/outputs/big.bin"
    mark
    cmp "$work/in/big.bin" "$mnt/one/outputs/big.bin"
    if (($(requests) == 0)) || [[ $(taken) == "$before" ]]; then break; fi
done
expect_requests 0
