#!/bin/bash
# A task with no archive yet has an empty outputs/, and an empty outputs_info.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task queued '{"status": "submitted"}'
task running '{"status": "computation-started"}'
emulator
mount

for id in queued running; do
    expect "$(ls -A "$mnt/$id/outputs")" "" "outputs of $id"
    expect "$(wc -c <"$mnt/$id/outputs_info")" 0 "bytes of outputs_info of $id"
    expect_errno ENOENT stat "$mnt/$id/outputs/x"
done
