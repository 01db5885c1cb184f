#!/bin/bash
# taskfs-wait says once that the service is away, goes on waiting, keeps its time-out meanwhile.
# tags: plain waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

noise_allowed=yes
task one '{"status": "computation-started"}'
emulator
mount -o timeout=1
note_mounts

begin taskfs-wait one
eventually 5 says "$work/out" computation-started
fault '{"match": {"kind": ["task", "status"]}, "action": "not_json", "body": "maintenance"}'
eventually 10 says "$work/err" "still waiting"
hits=$(fault_hits)
enough() { (($(fault_hits) > hits + 4)); }
eventually 20 enough
expect "$(wc -l <"$work/err")" 1 "lines said of an outage"
control POST task/one '{"status": "success"}' >/dev/null
clear_faults
expect_end 0
expect_match "$(<"$work/out")" "task 'one': success" "the end"

task two '{"status": "computation-started"}'
fault '{"match": {"kind": ["task", "status"]}, "action": "stall_headers"}'
shell='busybox sh'
begin taskfs-wait -t 1 two
expect_end 124
clear_faults
