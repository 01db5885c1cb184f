#!/bin/bash
# A task directory lists the ten names of the contract, whatever the status.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

names="computation_time ctl ctl_error info inputs machine_type outputs outputs_info status task.json"
archive done1 artifacts/a.txt text
task queued '{"status": "submitted"}'
emulator
mount

for id in done1 queued; do
    expect "$(ls -A "$mnt/$id" | sort | xargs)" "$names" "the directory of $id"
    for name in inputs outputs; do
        [[ -d $mnt/$id/$name ]] || fail "$id/$name is no directory"
    done
    expect "$(find "$mnt/$id" -maxdepth 1 -type f | wc -l)" 8 "regular files of $id"
    expect_errno ENOENT stat "$mnt/$id/nosuchname"
done
