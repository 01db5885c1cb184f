#!/bin/bash
# Reading far more than -o cache_size= keeps memory near it.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c $((96 << 20)) /dev/urandom >"$work/in/big.bin"
seq 1 8000000 >"$work/in/text"
task one
python "$archives/writers.py" zipfile "$root/one/output.zip" "$work/in"
emulator
mount -o cache_size=16M

readers=()
for name in big.bin text big.bin; do
    cmp "$work/in/$name" "$mnt/one/outputs/$name" &
    readers+=($!)
done
for reader in "${readers[@]}"; do
    wait "$reader"
done
peak=$(awk '$1 == "VmHWM:" { print int($2 / 1024) }' "/proc/$taskfs_pid/status")
# The program itself, its threads and buffers on their way add to the cache; sanitizers far more.
limit=$((slower == 1 ? 80 : 700))
((peak <= limit)) || fail "$peak MiB at the peak, with a cache of 16 MiB (at most $limit expected)"
