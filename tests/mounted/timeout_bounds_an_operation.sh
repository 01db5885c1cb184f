#!/bin/bash
# -o timeout=: an operation that gets no answer ends with ETIMEDOUT.
. "$(dirname "$0")/lib/lib.sh"

archive one artifacts/a.txt text
task two '{"status": "computation-started"}'
emulator
mount -o timeout=3
noise_allowed=yes

fault '{"match": {"kind": ["task", "status", "signed-url", "object"]}, "action": "stall_headers"}'
for path in two/info one/outputs/a.txt; do
    before=$SECONDS
    expect_errno ETIMEDOUT read "$mnt/$path"
    took=$((SECONDS - before))
    ((took >= 2 && took <= 5 + slower)) || fail "$path took $took s"
done
