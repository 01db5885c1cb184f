#!/bin/bash
# A thousand bits of the cache's files are flipped at random, some at a time: every byte is right.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$TEST_LIB/disk.sh"

make_tasks
emulator
fill_cache
flips=0 all_damaged=0
for count in 1 2 5 12 30 50 100 150 150 150 150 200; do
    refill_cache
    damage flip $count $((flips + 1))
    remount
    flips=$((flips + count)) all_damaged=$((all_damaged + damaged))
    echo "$count bits: $damaged bytes damaged, $from_disk from disk"
done
expect "$flips" 1000 "bits that were flipped"
((all_damaged > 1000000)) || fail "only $all_damaged bytes were found damaged"
