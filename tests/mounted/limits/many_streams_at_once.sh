#!/bin/bash
# 64 files of two tasks are read at once: every byte is right, and memory stays near the budget.
# tags: alone
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
for n in {0..31}; do
    seq $((n * 1000000)) $((n * 1000000 + 400000 / slower)) >"$work/in/$n.txt" # some 3 MiB
done
task one
task two
python "$archives/writers.py" zipfile "$root/one/output.zip" "$work/in"
cp "$root/one/output.zip" "$root/two/output.zip"
emulator

read_all() { # BUDGET in MiB, MOUNT_OPTION...
    local budget=$1 peak reader readers=()
    shift
    mount "$@"
    for id in one two; do
        for n in {0..31}; do
            cmp "$work/in/$n.txt" "$mnt/$id/outputs/$n.txt" &
            readers+=($!)
        done
    done
    for reader in "${readers[@]}"; do
        wait "$reader"
    done
    peak=$(awk '$1 == "VmHWM:" { print int($2 / 1024) }' "/proc/$taskfs_pid/status")
    if ((slower == 1 && peak > budget + 64)); then
        fail "$peak MiB at the peak, with a cache of $budget MiB"
    fi
    unmount
}
read_all 16 -o cache_size=16M
read_all 256
