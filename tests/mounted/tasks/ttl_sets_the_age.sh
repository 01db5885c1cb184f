#!/bin/bash
# -o ttl= lets a status be that old, makes no request meanwhile, and one after it.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "computation-started"}'
emulator
mount -o ttl=30

cat "$mnt/one/status" >/dev/null
mark
sleep 1.2 # longer than it may be without the option
for _ in 1 2 3; do
    cat "$mnt/one/status" >/dev/null
done
expect_requests 0
unmount

mount -o ttl=0.2
for _ in 1 2 3; do
    cat "$mnt/one/status" >/dev/null
    mark
    sleep 0.25
    cat "$mnt/one/status" >/dev/null
    expect_requests 1 task=one
done
