#!/bin/bash
# A listing of 1,234 tasks takes three requests, and shows each task once.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

emulator --synthetic 1234
mount

ls -f "$mnt" >"$work/listing"
expect "$(grep -vcE '^\.\.?$' "$work/listing")" 1234 "tasks in the listing"
expect "$(sort -u "$work/listing" | grep -vcE '^\.\.?$')" 1234 "different tasks in the listing"
expect_requests 3 method=GET path=/tasks
