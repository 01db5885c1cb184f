#!/bin/bash
# The root holds the ids of all tasks, and nothing else.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task aaaa
task bbbb '{"status": "submitted"}'
task cccc '{"status": "failed"}'
emulator
mount

expect "$(ls -A "$mnt" | sort | xargs)" "aaaa bbbb cccc" "the root"
expect "$(find "$mnt" -mindepth 1 -maxdepth 1 -type d | wc -l)" 3 "directories in the root"
expect_errno ENOENT stat "$mnt/nosuchtask"
