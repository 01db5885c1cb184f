#!/bin/bash
# A GiB of zeros in a megabyte, and a thousand members of the same bytes: read, within the budget.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task bomb
python "$archives/bombs.py" "$root/bomb/output.zip" 1 1000
emulator
mount -o cache_size=16M

expect "$(ls "$mnt/bomb/outputs" | wc -l)" 1003 "names"
expect "$(stat -c %s "$mnt/bomb/outputs/m0999")" $((1 << 30)) "size of a member"
expect "$(find "$mnt/bomb/outputs" | wc -l)" 3004 "files and folders"
expect "$(<"$mnt/bomb/outputs/beside.txt")" beside text
readers=()
cmp -n $((1 << 30)) "$mnt/bomb/outputs/zeros" /dev/zero &
readers+=($!)
# Each at another place; and many at once.
for n in $(seq -f %04g 0 40 999); do
    cmp -i $((10#$n * 100000)):0 -n 300000 "$mnt/bomb/outputs/m$n" /dev/zero &
    readers+=($!)
done
for reader in "${readers[@]}"; do
    wait "$reader" || fail "a reader got something else than zeros"
done
cat "$mnt/bomb/outputs_info" >/dev/null
peak=$(awk '$1 == "VmHWM:" { print int($2 / 1024) }' "/proc/$taskfs_pid/status")
((peak <= 16 + 64)) || fail "$peak MiB at the peak, with a cache of 16 MiB"
echo "$peak MiB at the peak"
