#!/bin/bash
# What was read of a finished task costs nothing again, though our own cache is far smaller.
. "$(dirname "$0")/lib/lib.sh"

mkdir "$work/in"
head -c $((24 << 20)) /dev/urandom >"$work/in/big.bin"
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
emulator
mount -o cache_size=4M

# Whoever runs this machine may have the kernel drop its caches, and the kernel counts that: then once more.
drops() {
    sed -n 's/^drop_pagecache //p' /proc/vmstat
}
for _ in 1 2 3; do
    before=$(drops)
    cmp "$work/in/big.bin" "$mnt/one/outputs/big.bin"
    mark
    cmp "$work/in/big.bin" "$mnt/one/outputs/big.bin"
    if [[ $(drops) == "$before" ]]; then break; fi
done
expect_requests 0
