#!/bin/bash
# kill of a terminal task gives ESRCH, and a reason in ctl_error.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for status in success failed killed; do
    task "t$status" "{\"status\": \"$status\"}"
done
emulator
mount

for status in success failed killed; do
    expect "$(ctl "t$status" kill)" ESRCH "kill of a task in $status"
    [[ $(<"$mnt/t$status/ctl_error") != ok ]] || fail "ctl_error is ok"
done
expect "$(ctl tsuccess 'kill 5')" ESRCH "kill 5"
expect_requests 0 kind=kill
