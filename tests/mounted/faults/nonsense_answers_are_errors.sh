#!/bin/bash
# Answers that are no JSON, or not what they should be, give EIO and a line in the log.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for n in 1 2 3 4 5; do
    task "t$n" '{"status": "computation-started"}'
done
emulator
mount
noise_allowed=yes

check() { # ID WORD RULE
    fault "{\"match\": {\"task\": \"$1\"}, $3}"
    expect_errno EIO read "$mnt/$1/info"
    clear_faults
    [[ -z $2 ]] || grep -q "$2" "$mnt/.taskfs/log" || fail "the log does not name '$2'"
    expect "$(errno_of read "$mnt/$1/info")" ok "info afterwards"
}
check t1 '' '"action": "not_json", "body": "<html>Bad Gateway</html>"'
check t2 '' '"action": "cut_json", "after": 40'
check t3 '' '"action": "json", "body": []'
check t4 status '"action": "json", "body": {"task_id": "t4", "status": 5, "is_terminated": false}'
check t5 is_terminated '"action": "json", "body": {"task_id": "t5", "status": "started"}'
