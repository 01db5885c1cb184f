#!/bin/bash
# echo kill > ctl: one request, pending-kill, then killed; a second kill sends nothing.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "computation-started", "emulator": {"kill_seconds": 3}}'
emulator
mount

cat "$mnt/one/status" >/dev/null
mark
echo kill >"$mnt/one/ctl"
expect "$(<"$mnt/one/status")" pending-kill "status after the kill"
expect "$(<"$mnt/one/ctl_error")" ok "ctl_error"
echo kill >"$mnt/one/ctl"
expect "$(requests kind=kill)" 1 "kill requests"
is_killed() {
    [[ $(<"$mnt/one/status") == killed ]]
}
eventually 8 is_killed || fail "status is '$(<"$mnt/one/status")'"
expect "$(ctl one kill)" ESRCH "a kill of a killed task"
expect_match "$(<"$mnt/one/ctl_error")" . "ctl_error"
[[ $(<"$mnt/one/ctl_error") != ok ]] || fail "ctl_error is ok after a failed kill"
expect "$(requests kind=kill)" 1 "kill requests"
