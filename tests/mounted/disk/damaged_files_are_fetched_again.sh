#!/bin/bash
# Whatever happens to files of the cache, every byte that is read is right, and nothing is said.
# row truncated: files of each kind that are too short
# row swapped: files under the names of others
# row foreign: another version of the format, junk
# row folders: folders in the place of files
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
        after truncate $kind 0
    done
    after truncate record 31
    after truncate record -1
    for length in 0 64 1088 100000 -1; do
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
    after format record
    refill_cache
    damage junk 1
    remount
    remount
    ((from_disk > 0)) || fail "junk beside the files has made them useless"
    ;;
folders)
    after folders all empty
    # What is in a folder is not ours to remove: what would lie in its place is fetched each time.
    for kind in blocks record; do
        refill_cache
        damage folders $kind full
        remount
        remount
    done
    ;;
esac
