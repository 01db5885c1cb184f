#!/bin/bash
# A kill that can't reach the service gives EIO, and says why in ctl_error.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "computation-started"}'
emulator
mount
noise_allowed=yes
cat "$mnt/one/status" >/dev/null

fault '{"match": {"kind": ["kill", "status", "task"]}, "action": "status", "code": 503, "retry_after": "0"}'
expect "$(ctl one kill)" EIO "kill in an outage"
[[ $(<"$mnt/one/ctl_error") != ok ]] || fail "ctl_error is ok"
clear_faults
expect "$(ctl one kill)" ok "kill afterwards"
expect "$(<"$mnt/one/ctl_error")" ok "ctl_error afterwards"
