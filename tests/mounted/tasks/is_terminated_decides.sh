#!/bin/bash
# Whether a task is over is what is_terminated says, not its status code.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task novel '{"status": "quantum-collapsed", "is_terminated": true}'
task preempted '{"status": "spot-instance-preempted", "is_terminated": false}'
emulator
mount

expect "$(ctl novel kill)" ESRCH "kill of a task that is over by a new code"
expect "$(ctl novel 'wait 5')" ok "wait for it"
expect "$(ctl preempted 'wait 1')" ETIMEDOUT "wait for a task that will be resubmitted"
cat "$mnt/novel/status" "$mnt/novel/info" >/dev/null
control POST task/preempted '{"status": "submitted"}' >/dev/null
is_queued() {
    [[ $(<"$mnt/preempted/status") == submitted ]]
}
eventually 4 is_queued || fail "the resubmitted task is still '$(<"$mnt/preempted/status")'"
mark
cat "$mnt/novel/status" "$mnt/novel/info" >/dev/null
expect_requests 0 task=novel
