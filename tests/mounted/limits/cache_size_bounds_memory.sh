#!/bin/bash
# Reading far more than -o cache_size= keeps memory near it.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c $((96 << 20)) /dev/urandom >"$work/in/big.bin"
seq 1 8000000 >"$work/in/text"
task one
python "$archives/writers.py" zipfile "$root/one/output.zip" "$work/in"
emulator
# What ASan keeps of freed memory, 256 MiB otherwise, would hide what the cache holds.
export ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=16
mount -o cache_size=16M

readers=()
for name in big.bin text big.bin; do
    cmp "$work/in/$name" "$mnt/one/outputs/$name" &
    readers+=($!)
done
cached() {
    awk '$1 == "taskfs_cache_bytes" { print $2 }' "$mnt/.taskfs/stats"
}
most=0
while is_running "${readers[0]}" || is_running "${readers[1]}" || is_running "${readers[2]}"; do
    now=$(cached)
    ((now <= most)) || most=$now
done
for reader in "${readers[@]}"; do
    wait "$reader"
done
peak=$(awk '$1 == "VmHWM:" { print int($2 / 1024) }' "/proc/$taskfs_pid/status")
echo "$((most / 1024)) KiB in the cache at most, $peak MiB of memory at the peak"
# What is pinned or charged at this moment may be over it.
((most >= 8 << 20 && most <= 17 << 20)) || fail "$most bytes in a cache of 16 MiB"
# The program itself, its threads and buffers on their way add to the cache, and so do the
# sanitizers.
case $TASKFS_VARIANT in
plain) limit=80 ;;
tsan) limit=300 ;;
*) limit=160 ;;
esac
((peak <= limit)) || fail "$peak MiB at the peak, with a cache of 16 MiB (at most $limit expected)"
