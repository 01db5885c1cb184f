#!/bin/bash
# Reading ctl gives the verbs it takes; ctl_error begins with ok.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one
emulator
mount

for verb in kill wait refresh; do
    grep -qw "$verb" "$mnt/one/ctl" || fail "ctl does not name '$verb'"
done
expect "$(<"$mnt/one/ctl_error")" ok "ctl_error"
