#!/bin/bash
# A Content-Encoding that nobody asked for gives EIO, never its bytes; a store without ETags is
# read.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
seq 1 300000 >"$work/in/text"
for id in once always untagged; do
    task $id
    python "$archives/writers.py" stored "$root/$id/output.zip" "$work/in"
done
emulator
mount -o timeout=8,ttl=0
noise_allowed=yes

ls "$mnt"/{once,always}/outputs >/dev/null
fault '{"match": {"kind": "object", "task": "once"}, "count": 1, "action": "gzip_encoding"}'
cmp "$work/in/text" "$mnt/once/outputs/text"
fault '{"match": {"kind": "object", "task": "always"}, "action": "gzip_encoding"}'
expect_errno EIO read "$mnt/always/outputs/text"
clear_faults
cmp "$work/in/text" "$mnt/always/outputs/text"

fault '{"match": {"kind": "object", "task": "untagged"}, "action": "no_etag"}'
cmp "$work/in/text" "$mnt/untagged/outputs/text"
clear_faults
