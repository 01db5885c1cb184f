#!/bin/bash
# Whatever happens to files of the cache, every byte that is read is right, and nothing is said.
# row truncated: files of each kind that are too short
# row swapped: files under the names of others
# row foreign: another version of the format, folders in the place of files, junk
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$TEST_LIB/disk.sh"

make_tasks
emulator
fill_cache

# after DAMAGE...: compares twice: what was found damaged is whole again the second time.
after() {
    refill_cache
    damage "$@"
    remount
    echo "$*: $(wc -l <"$work/damage") files, $damaged bytes damaged, $from_disk from disk"
    remount
    expect "$damaged" 0 "damage that is left after $*"
}

case $1 in
truncated)
    for kind in account task object tail; do
        for length in 0 -1; do
            after truncate $kind $length
        done
    done
    after truncate record 31
    for length in 0 1 64 1088 4096 100000 -1; do
        after truncate segment $length
    done
    ;;
swapped)
    after swap-segments one
    after swap-segments two
    after swap-records
    ;;
foreign)
    after format segment
    ((from_disk > 0)) || fail "nothing was kept anew"
    after format record
    for how in empty full; do
        after folders blocks $how
        after folders record $how
    done
    after junk 1
    ;;
esac
