#!/bin/bash
# taskfs-list: a table, newest first, by number, status and project, for a request a row.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

for n in 1 2 3 4 5 6; do
    task "t$n" '{"create_time": "2026-01-0'$n'T10:00:00+00:00", "simulator": "swash", "project": "p'$((n % 2))'",
        "metrics": {"computation_seconds": 192.1}}'
done
task t4 '{"status": "failed", "create_time": "2026-01-04T10:00:00+00:00", "project": "harbour works"}'
task t0 '{"status": "submitted", "create_time": "2025-12-01T10:00:00+00:00"}'
emulator
mount
note_mounts

ids() { # those of the table, in its order
    tail -n +2 "$work/out" | cut -d ' ' -f 1 | xargs
}

mark
run taskfs-list -n 2
expect_requests 2
expect "$code $err" "0 " "exit status and stderr"
expect "$out" "ID  SIMULATOR  STATUS   SUBMITTED            STARTED              COMPUTATION  MACHINE
$(grep '^t6' "$work/out")
$(grep '^t5' "$work/out")" "the table"
expect_match "$(sed -n 2p "$work/out")" \
    '^t6  swash      success  2026-01-06 10:00:[0-9]{2}  2026-01-06 10:[0-9:]{5}  00:03:12     c2-standard-4$' "a row"

mark
run taskfs-list -s failed
expect "$(ids)" t4 "those that failed"
# The listing told the others' status; that of a task which is not over may be a second old by now.
expect_requests 1 task=t4
expect_requests 0-1 task=t0
expect_requests 1-2

for shell in dash 'busybox sh'; do
    run taskfs-list
    expect "$(ids)" 't6 t5 t4 t3 t2 t1 t0' "all"
    expect_match "$(tail -n 1 "$work/out")" ' submitted .* - +- +-$' "one that has not begun"
    run taskfs-list -n 08
    expect "$code $err $(ids)" '0  t6 t5 t4 t3 t2 t1 t0' "a number with a zero before it"
    run taskfs-list -n 002
    expect "$code $err $(ids)" '0  t6 t5' "a number with zeros before it"
    run taskfs-list -n1 -p p1
    expect "$(ids)" t5 "the newest of a project"
    run taskfs-list -p 'harbour works' --status=failed
    expect "$(ids)" t4 "a project with a space in its name"
    run taskfs-list -s zombie
    expect "$code $(wc -l <"$work/out")" "0 1" "none"

    begin taskfs-list -n 1 -w 1
    two_tables() { (($(grep -c '^ID' "$work/out") >= 2)); }
    eventually 10 two_tables
    kill -INT "$begun"
    expect_end 130
    # Nothing is left behind when its reader goes.
    mkdir "$work/tmp"
    # shellcheck disable=SC2086 # `busybox sh` is two words
    TMPDIR=$work/tmp $shell "$programs/taskfs-list" -n 1 -w 1 2>"$work/err" | head -n 1 >"$work/out" || :
    expect "$(<"$work/err")" '' "what it says when its reader goes"
    rmdir "$work/tmp"
done

# What can't be read is said, and an outage is no empty table.
noise_allowed=yes
unmount
mount
fault '{"match": {"kind": "task", "task": "t5"}, "action": "not_json", "body": "x"}'
run taskfs-list -n 3
expect "$code $(ids)" "1 t6 t4 t3" "exit status and rows when one can't be read"
expect_match "$err" "task 't5': the service could not be reached" "the one"
clear_faults
unmount
stop_emulator
emulator --synthetic 600
mount
fault '{"match": {"kind": "list"}, "action": "not_json", "body": "maintenance"}'
run taskfs-list
expect "$code $out" "1 " "exit status and table when the listing fails"
expect_match "$err" "cannot list the tasks in '$mnt': the service could not be reached" "a failed listing"
