#!/bin/bash
# A kill that was carried out and whose answer was lost succeeds, though its repetition is refused.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for n in 1 2 3; do
    task "t$n" '{"status": "computation-started", "emulator": {"kill_seconds": 0}}'
done
emulator
mount
noise_allowed=yes

fault '{"match": {"kind": "kill"}, "count": 1, "action": "cut", "after": 5}'
expect "$(ctl t1 kill)" ok "kill"
expect "$(<"$mnt/t1/status")" killed "status of t1"
expect "$(<"$mnt/t1/ctl_error")" ok "ctl_error of t1"
fault '{"match": {"kind": "kill"}, "count": 1, "action": "cut", "after": 5}'
expect "$(ctl t2 'kill 5')" ok "kill 5"

# One that came to its end by itself, while the kill was on its way, was not killed.
fault '{"match": {"kind": "kill"}, "action": "stall_headers"}'
ctl t3 kill >"$work/kill" &
killer=$!
is_on_its_way() { [[ $(waiting_requests) == 1 ]]; }
eventually 5 is_on_its_way || fail "the kill is not sent"
control POST task/t3 '{"status": "success"}' >/dev/null
clear_faults
wait "$killer"
expect "$(<"$work/kill")" ESRCH "kill of one that has ended"
expect "$(requests kind=kill task=t3 status=400)" 1 "kills that were refused"
