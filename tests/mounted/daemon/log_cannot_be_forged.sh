#!/bin/bash
# Control characters and newlines of a hostile service reach the log escaped, on the line of their message.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "computation-started"}'
emulator
mount
noise_allowed=yes

fault '{"match": {"task": "one"}, "action": "status", "code": 400,
    "body": "{\"detail\": \"no\\nFORGED line\\u001b[2J\"}"}'
expect_errno EIO read "$mnt/one/info"
message="cannot get task 'one' from '$api_url': HTTP status 400: no\\nFORGED line\\x1B[2J"
expect "$(<"$work/taskfs.stderr")" "taskfs: $message" "what stderr has"
expect "$(wc -l <"$mnt/.taskfs/log")" 1 "lines of the log"
expect_match "$(<"$mnt/.taskfs/log")" '^[-0-9T:]+Z error: ' "the beginning of the log's line"
log=$(<"$mnt/.taskfs/log")
expect "${log#*error: }" "$message" "what the log has"
