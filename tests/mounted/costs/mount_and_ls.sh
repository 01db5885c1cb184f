#!/bin/bash
# A mount is 1 request, the first page of the listing, so ls of few tasks is none, nor is status
# after it.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for n in 1 2 3 4 5 6 7 8 9; do
    task "t$n"
done
emulator
mount
settle
expect_requests 1

mark
ls "$mnt" >/dev/null
expect_requests 0
cat "$mnt"/t?/status "$mnt"/t?/machine_type "$mnt"/t?/computation_time >/dev/null
ls -l "$mnt" >/dev/null
expect_requests 0
