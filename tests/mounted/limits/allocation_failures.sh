#!/bin/bash
# Wherever memory runs out, an operation gives ENOMEM or EIO, no wrong byte, and the mount lives.
# tags: allocfail
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$lib/alloc_tour.py" make "$root"
emulator
head -c 4096 /dev/zero >"$work/rule"
export TASKFS_ALLOCFAIL=$work/rule
mount -o timeout=10
noise_allowed=yes

python "$lib/alloc_tour.py" tour "$work/rule" "$mnt"
unmount
