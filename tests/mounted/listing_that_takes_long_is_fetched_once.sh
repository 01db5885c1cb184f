#!/bin/bash
# A listing that takes longer than it may be old afterwards is not fetched again for who waited.
. "$(dirname "$0")/lib/lib.sh"

emulator --synthetic 17000
mount
fault '{"match": {"kind": "list"}, "action": "delay", "seconds": 6}'
ls -f "$mnt" >"$work/all"
clear_faults
expect "$(grep -vcE '^\.\.?$' "$work/all")" 17000 "tasks in the listing"
expect_requests 34 method=GET path=/tasks
