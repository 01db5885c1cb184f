#!/bin/bash
# The texts of many large files, read one after the other and at the same time, take no more memory
# than a few of them; and all bytes are right.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"

machine one
for ((i = 0; i < 12; i++)); do
    { yes "line of file $i, which is long enough to be one of a log" || true; } |
        head -c 20000000 >"$work/one/f$i"
done
emulator
start_machines one
mount -o "live_program=$fake,cache_size=16M"
readers=()
for ((i = 0; i < 12; i++)); do
    cmp "$mnt/one/live/f$i" <(head -c 20000000 "$work/one/f$i" | sed -z 's/\n$//') &
    readers+=($!)
    ((i % 3)) || sleep 1
done
for pid in "${readers[@]}"; do wait "$pid" || fail "other bytes were read"; done
peak=$(awk '/^VmHWM/ { print $2 / 1024 }' "/proc/$taskfs_pid/status")
echo "peak $peak MiB"
((${peak%.*} < 260)) || fail "the mount took $peak MiB"
