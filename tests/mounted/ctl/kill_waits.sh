#!/bin/bash
# kill SECONDS returns once pending-kill is over, or with ETIMEDOUT.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task quick '{"status": "computation-started", "emulator": {"kill_seconds": 1.5}}'
task never '{"status": "computation-started", "emulator": {"kill_seconds": -1}}'
emulator
mount

expect "$(ctl quick 'kill 20')" ok "kill 20"
expect "$(<"$mnt/quick/status")" killed "status after kill 20"
before=$SECONDS
expect "$(ctl never 'kill 2')" ETIMEDOUT "kill 2 of a task that stays"
took=$((SECONDS - before))
((took >= 1 && took <= 3 + slower)) || fail "kill 2 took $took s"
expect "$(<"$mnt/never/status")" pending-kill "its status"
[[ $(<"$mnt/never/ctl_error") != ok ]] || fail "ctl_error is ok after ETIMEDOUT"
