#!/bin/bash
# A signed URL that expires in the middle of a download is renewed, and nothing is fetched twice.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

size=$((24 << 20))
mkdir "$work/in"
head -c $size /dev/urandom >"$work/in/large"
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
service
cd "$work"

fault '{"match": {"kind": "object", "range_from_at_least": '$((size / 4))'}, "skip": 1, "action": "stall", "after": 0}'
begin_download -o w one
eventually 10 has_stalled
control DELETE urls >/dev/null
clear_faults
expect_end 0
expect "$(<err)" '' "stderr"
cmp in/large w/one/outputs/large
expect_requests 2 kind=signed-url
expect_requests 1-20 kind=object status=403
fetched=$(bytes_fetched)
((fetched <= size + (1 << 20))) || fail "$fetched bytes fetched of a file of $size"
