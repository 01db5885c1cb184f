#!/bin/bash
# A listing that promises a hundred million tasks ends with the first empty page, and shows what
# came.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

emulator --synthetic 1234
page='{"total_size": 100000000, "tasks": [
    {"task_id": "a1", "status": "success", "is_terminated": true},
    {"task_id": "a2", "status": "success", "is_terminated": true}]}'
fault "{\"match\": {\"kind\": \"list\"}, \"count\": 1, \"action\": \"json\", \"body\": $page}"
mount
noise_allowed=yes
ls -f "$mnt" >"$work/all"
grep -vE '^\.\.?$' "$work/all" >"$work/listing"
# The first page is the liar's; the second and third are honest; the fourth is past the end.
expect "$(wc -l <"$work/listing")" 736 "tasks in the listing"
expect "$(head -n 2 "$work/listing" | xargs)" "a1 a2" "the first tasks"
expect "$(sort "$work/listing" | uniq -d | wc -l)" 0 "tasks that are listed twice"
# After the first, 20 are asked for at once, and at most one more for each of the honest.
expect_requests 21-23 method=GET path=/tasks
expect "$(grep -c 'announces 100000000 tasks, but page' "$mnt/.taskfs/log")" 1 "lines in the log"
expect "$(<"$mnt/a1/status")" success "status"
