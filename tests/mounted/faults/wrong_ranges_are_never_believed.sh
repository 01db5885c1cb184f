#!/bin/bash
# A wrong Content-Range or a lie about it gives EIO; one that passes, the right bytes.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
seq 1 300000 >"$work/in/text"
for id in once wrong; do
    task $id
    python "$archives/writers.py" stored "$root/$id/output.zip" "$work/in"
done
emulator
mount
noise_allowed=yes

ls "$mnt/once/outputs" "$mnt/wrong/outputs" >/dev/null
fault '{"match": {"kind": "object", "task": "once"}, "count": 1, "action": "wrong_range", "shift": 100}'
cmp "$work/in/text" "$mnt/once/outputs/text"
fault '{"match": {"kind": "object", "task": "wrong"}, "action": "wrong_range", "shift": 100}'
expect_errno EIO read "$mnt/wrong/outputs/text"
(($(requests kind=object task=wrong) >= 7)) || fail "a wrong range is not asked for again"
clear_faults
# The header is right and the bytes are not: the CRC-32 finds it.
fault '{"match": {"kind": "object", "task": "wrong"}, "action": "lying_range", "shift": 100}'
expect_errno EIO read "$mnt/wrong/outputs/text"
clear_faults
cmp "$work/in/text" "$mnt/wrong/outputs/text"
