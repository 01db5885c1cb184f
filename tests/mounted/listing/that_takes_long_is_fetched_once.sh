#!/bin/bash
# A listing that takes longer than it may be old afterwards is not fetched again for who waited.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

emulator --synthetic 600
mount
# The second page takes two tries of 6 s.
fault '{"match": {"kind": "list"}, "count": 2, "action": "delay", "seconds": 6}'
fault '{"match": {"kind": "list"}, "count": 1, "action": "status", "code": 503}'
ls -f "$mnt" >"$work/all"
clear_faults
expect "$(grep -vcE '^\.\.?$' "$work/all")" 600 "tasks in the listing"
expect_requests 3 method=GET path=/tasks
