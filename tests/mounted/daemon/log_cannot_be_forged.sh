#!/bin/bash
# Control characters and newlines of a hostile service, and of names in an archive, reach the log
# escaped, on the line of their message.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "computation-started"}'
name=$'evil\nFORGED line\e[2J'
archive two "artifacts/$name" "$(seq 1000)"
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

clear_faults
fault '{"match": {"task": "two", "kind": "object"}, "action": "flip", "at": 300}'
expect_errno EIO read "$mnt/two/outputs/$name"
expect "$(wc -l <"$mnt/.taskfs/log")" 2 "lines of the log with the second message"
expect_match "$(tail -n 1 "$mnt/.taskfs/log")" "member 'artifacts/evil\\\\x0aFORGED line\\\\x1b\\[2J' is damaged" "the name in the log"
expect "$(tail -n 1 "$mnt/.taskfs/log" | sed 's/^.* error: /taskfs: /')" "$(tail -n +2 "$work/taskfs.stderr")" "the log and stderr"
