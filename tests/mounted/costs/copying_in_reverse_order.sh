#!/bin/bash
# `cp -r` costs as few ranges when the directory lists the members in reverse.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

count=3000
for order in forward reverse; do
    task "$order"
    PYTHONPATH=$archives python - "$root/$order/output.zip" "$count" "$order" <<'PY'
import random, sys
from builder import Member, archive
source = random.Random(7)
members = [Member(f"artifacts/{i // 100:03d}/{i:05d}", source.randbytes(2000) + b"x" * 2000)
           for i in range(int(sys.argv[2]))]
open(sys.argv[1], "wb").write(archive(members, reverse=sys.argv[3] == "reverse"))
PY
done
emulator
mount

for order in forward reverse; do
    ls "$mnt/$order/outputs" >/dev/null
    mark
    cp -r "$mnt/$order/outputs" "$work/$order"
    expect_requests 2-15 kind=object "task=$order"
done
diff -r "$work/forward" "$work/reverse"
