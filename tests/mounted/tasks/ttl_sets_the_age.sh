#!/bin/bash
# -o ttl= lets a status be that old, and makes no request meanwhile.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "computation-started"}'
emulator
mount -o ttl=30

cat "$mnt/one/status" >/dev/null
mark
for _ in 1 2 3; do
    cat "$mnt/one/status" >/dev/null
done
expect_requests 0
