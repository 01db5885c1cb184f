#!/bin/bash
# taskfs-kill kills many at once, and ends at once when it is interrupted, with nothing left behind.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

for n in $(seq -w 1 80); do
    task "t$n" '{"status": "computation-started"}'
done
emulator
mount
note_mounts
many_wait() { (($(waiting_requests) >= 60)); }
writers() { grep -lzF "of=$mnt/" /proc/[0-9]*/cmdline 2>/dev/null || :; }

for shell in dash 'busybox sh'; do
    for signal in INT:130 TERM:143; do
        fault '{"match": {"kind": "kill"}, "action": "stall_headers"}'
        begin taskfs-kill -y --all
        eventually 20 many_wait
        kill -"${signal%:*}" "$begun"
        expect_end "${signal#*:}"
        expect "$(writers)" '' "left behind at $signal"
        expect_match "$(<"$work/err")" 'interrupted' "what it says"
        clear_faults
        for task in "$mnt"/*; do
            control POST "task/${task##*/}" '{"status": "computation-started"}' >/dev/null
            echo refresh >"$task/ctl"
        done
    done
done
run taskfs-kill -y --all
expect "$code $err" "0 " "exit status and stderr"
expect "$(grep -c 'is killed$' "$work/out")" 80 "tasks that were killed"
