#!/bin/bash
# Wherever memory runs out at the start, taskfs says so and ends, or mounts and works.
# tags: allocfail
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
emulator
export TASKFS_ALLOCFAIL=$work/rule
noise_allowed=yes

fail_at() { # N: the Nth allocation fails (tests/allocfail/allocfail.h)
    python -c 'import struct, sys
open(sys.argv[1], "wb").write(struct.pack("=QQQQQ", 1, int(sys.argv[2]), 0, 0, 0))' "$work/rule" "$1"
}

# For a daemon that runs: it has the file in its memory.
fail_no_more() {
    printf '\0\0\0\0\0\0\0\0' 1<>"$work/rule"
}

has_failed() {
    (($(od -An -t u8 -j 32 -N 8 "$work/rule") > 0))
}

n=0
refused=0
while :; do
    n=$((n + 1))
    fail_at $n
    : >"$work/taskfs.stderr"
    start
    eventually 30 mounted_or_dead || fail "allocation $n: taskfs neither mounts nor ends"
    if mountpoint -q "$mnt"; then
        fail_no_more
        expect "$(<"$mnt/one/outputs/a.txt")" text "an output"
        unmount
        has_failed || break
        continue
    fi
    reap "$taskfs_pid" 5
    taskfs_pid=
    expect_match "$status" '^[12]$' "allocation $n: the status"
    [[ -s $work/taskfs.stderr ]] || fail "allocation $n: not a word"
    has_failed || fail "taskfs ended, and nothing had failed"
    refused=$((refused + 1))
done
((refused > 10)) || fail "hardly anything failed"
