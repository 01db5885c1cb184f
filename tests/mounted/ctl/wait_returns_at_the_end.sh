#!/bin/bash
# wait returns when the task is terminal; at once when it is.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "computation-started", "emulator": {"timeline": [{"after": 3, "status": "success"}]}}'
task done1 '{"status": "failed"}'
task endless '{"status": "computation-started"}'
emulator
mount

expect "$(ctl one wait)" ok "wait"
expect "$(<"$mnt/one/status")" success "status after wait"
expect "$(ctl one wait)" ok "wait on a finished task"
expect "$(ctl done1 'wait 5')" ok "wait 5 on a failed task"
before=$SECONDS
expect "$(ctl endless 'wait 2')" ETIMEDOUT "wait 2"
took=$((SECONDS - before))
((took >= 1 && took <= 3 + slower)) || fail "wait 2 took $took s"
expect_requests 0 kind=kill
