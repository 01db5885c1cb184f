#!/bin/bash
# Two mounts with one key, in use at once: both whole; what one kills, the other sees within ttl.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/writers.py" sample "$work/in"
task old
python "$archives/writers.py" 7zz "$root/old/output.zip" "$work/in"
for n in 1 2 3 4 5; do
    task "live$n" '{"status": "computation-started", "emulator": {"kill_seconds": 0}}'
done
emulator
first=$mnt
second="$work/second mount"
mkdir "$second"
mount -o ttl=1
first_pid=$taskfs_pid
mnt=$second
mount -o ttl=1

readers=()
for place in "$first" "$second" "$first" "$second"; do
    diff -r "$work/in" "$place/old/outputs" &
    readers+=($!)
done
is_killed() {
    [[ $(<"$1/status") == killed ]]
}
for n in 1 2 3 4 5; do
    if ((n % 2)); then by=$first seen=$second; else by=$second seen=$first; fi
    expect "$(<"$seen/live$n/status")" computation-started "status of live$n before"
    echo kill >"$by/live$n/ctl"
    before=$(now_ms)
    expect "$(<"$by/live$n/status")" killed "status of live$n where it was killed"
    eventually 5 is_killed "$seen/live$n" || fail "the other mount never sees that live$n was killed"
    took=$(($(now_ms) - before))
    ((took < 1700 * slower)) || fail "the other mount saw it after $took ms, with ttl=1"
    expect "$(errno_of write "$seen/live$n/ctl" kill)" ESRCH "a kill in the other mount after it"
done
for reader in "${readers[@]}"; do
    wait "$reader" || fail "a copy through one of the two mounts differs"
done
expect_requests 5 kind=kill

# The end of one is not the end of the other.
unmount
expect "$(<"$first/old/status")" success "status in the first mount"
cmp "$work/in/solver.log" "$first/old/outputs/solver.log"
mnt=$first
taskfs_pid=$first_pid
unmount
