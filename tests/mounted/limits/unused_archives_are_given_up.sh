#!/bin/bash
# Directories of archives that nobody uses make room when many tasks are walked over; those in use
# stay, and those that went are read anew.
# tags: alone
. "${TEST_LIB:?run me with tests/run}/lib.sh"

tasks=60
python "$archives/many.py" "$work/many.zip" 30000 1000
for ((n = 10; n < 10 + tasks; n++)); do
    task "t$n"
    ln "$work/many.zip" "$root/t$n/output.zip"
done
emulator
mount -o cache_size=64M

cached() {
    awk '$1 == "taskfs_cache_bytes" { print int($2 / 1048576) }' "$mnt/.taskfs/stats"
}

# One has a file open, a shell stands in the next, and a third is walked through.
exec 5<"$mnt/t10/outputs/0029/0029999.txt"
cd "$mnt/t11/outputs/0007"
expect "$(find "$mnt/t12/outputs" -type f | wc -l)" 30000 "files of the third"
one=$(cached) # three of them, now
settle
before=$(stat -c %i "$mnt/t10/outputs/0000")
for ((n = 13; n < 10 + tasks; n++)); do
    expect "$(<"$mnt/t$n/outputs/0000/0000007.txt")" 0000007 "a file of task t$n"
done

# What the kernel was told to forget it forgets soon.
has_room() {
    (($(cached) <= 64))
}
eventually 20 has_room || fail "$(cached) MiB are held, with a budget of 64"
if ((slower == 1)); then
    peak=$(awk '$1 == "VmHWM:" { print int($2 / 1024) }' "/proc/$taskfs_pid/status")
    ((peak <= 64 + 64)) || fail "$peak MiB at the peak, with a cache of 64 MiB"
fi

expect "$(cat <&5)" 0029999 "the file that was open"
expect "$(<0007000.txt)" 0007000 "a file where the shell stands"
expect "$(find . -type f | wc -l)" 1000 "files where the shell stands"
cd "$work"
exec 5<&-
expect "$(stat -c %i "$mnt/t10/outputs/0000")" "$before" "inode in the archive that was in use"

# What went is asked for again: URL, tail, the rest of the directory, the member.
mark
expect "$(<"$mnt/t12/outputs/0003/0003003.txt")" 0003003 "a file of the third"
expect_requests 4 task=t12
expect "$(find "$mnt/t12/outputs" -type f | wc -l)" 30000 "files of the third, again"
