#!/bin/bash
# df answers at once in an outage, with totals that are not zero.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one
emulator
mount
stop_emulator

within 1000 df "$mnt" >/dev/null
read -r blocks files < <(stat -f -c '%b %c' "$mnt")
((blocks > 0)) || fail "no blocks in all"
((files > 0)) || fail "no inodes in all"
