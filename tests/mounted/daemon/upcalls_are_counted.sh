#!/bin/bash
# .taskfs/stats counts what the kernel asks, by operation; what it has cached it does not ask.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text artifacts/b.txt more
emulator
mount

upcalls() { # OPERATION
    awk -v name="taskfs_upcalls_total{op=\"$1\"}" '$1 == name { print $2 }' "$mnt/.taskfs/stats"
}

expect "$(upcalls init)" 1 "INITs"
expect "$(upcalls write)" 0 "WRITEs"
expect "$(upcalls interrupt)" 0 "INTERRUPTs"
before=$(upcalls read)
cat "$mnt/one/outputs/a.txt" >/dev/null
between=$(upcalls read)
((between > before)) || fail "a READ was not counted"
each=$(($(upcalls read) - between)) # of the stats themselves
cat "$mnt/one/outputs/a.txt" >/dev/null
expect "$(upcalls read)" $((between + 2 * each)) "READs after a file in the page cache was read again"

before=$(upcalls statfs)
stat -f "$mnt" >/dev/null
expect "$(upcalls statfs)" $((before + 1)) "STATFSes"
before=$(upcalls write)
expect "$(ctl one refresh)" ok "refresh"
expect "$(upcalls write)" $((before + 1)) "WRITEs"
forgotten() { (($(upcalls forget) + $(upcalls batch_forget) > 0)); }
eventually 5 forgotten || fail "no FORGET was counted"
for op in lookup getattr open release opendir readdirplus releasedir other; do
    [[ -n $(upcalls $op) ]] || fail "$op is not counted"
done
