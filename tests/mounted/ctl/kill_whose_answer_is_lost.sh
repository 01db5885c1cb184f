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

# One that came to its end by itself meanwhile was not killed.
fault '{"match": {"kind": "kill"}, "action": "status", "code": 400}'
cat "$mnt/t3/status" >/dev/null
control POST task/t3 '{"status": "success"}' >/dev/null
expect "$(ctl t3 kill)" ESRCH "kill of one that has ended"
