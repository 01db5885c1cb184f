#!/bin/bash
# -o status= and project= filter the listing; other tasks can still be entered.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task aaaa '{"status": "success", "project": "wing"}'
task bbbb '{"status": "failed", "project": "wing"}'
task cccc '{"status": "success", "project": "hull"}'
emulator
mount -o status=success,project=wing

expect "$(ls "$mnt" | xargs)" aaaa "the listing"
expect "$(<"$mnt/bbbb/status")" failed "a task that the filter hides"
expect "$(<"$mnt/cccc/status")" success "another one"
