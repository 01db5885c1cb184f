#!/bin/bash
# -o timeout=: an operation that gets no answer ends with ETIMEDOUT.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
task two '{"status": "computation-started"}'
emulator
mount -o timeout=3
noise_allowed=yes
# The kernel asks twice for a name that it had, when the first time fails.
task known '{"status": "computation-started"}'
cat "$mnt/known/status" >/dev/null
age=$(now_ms)
has_aged() { (($(now_ms) - age > 1100)); }
eventually 5 has_aged

fault '{"match": {"kind": ["task", "status", "signed-url", "object"]}, "action": "stall_headers"}'
for path in two/info one/outputs/a.txt known/status; do
    before=$(now_ms)
    expect_errno ETIMEDOUT read "$mnt/$path"
    took=$(($(now_ms) - before))
    ((took >= 2900 && took <= 4000 + 1000 * slower)) || fail "$path took $took ms"
done

# So it is with a refusal: one request, as for a name that is new.
clear_faults
cat "$mnt/known/status" >/dev/null
age=$(now_ms)
eventually 5 has_aged
fault '{"match": {"kind": "task"}, "action": "status", "code": 400}'
mark
expect_errno EIO read "$mnt/known/status"
expect_requests 1
clear_faults
expect "$(<"$mnt/known/status")" computation-started "status after that"
