#!/bin/bash
# A directory above the mount is renamed: reads go on there, and the end unmounts it there.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
emulator
mkdir -p "$work/old name/inner"
ordinary=$mnt
mnt="$work/old name/inner"
mount
cat "$mnt/one/status" >/dev/null

mv "$work/old name" "$work/new"
mkdir -p "$work/old name/inner"
expect "$(<"$work/new/inner/one/outputs/a.txt")" text "an output below the new name"
kill -TERM "$taskfs_pid"
end_of_daemon
if grep -F "$work" /proc/self/mountinfo; then fail "it is still mounted"; fi
expect "$(ls -A "$work/new/inner")" "" "what is in the directory after the unmount"

# fusermount3 -u by the new name ends it as well.
mount
mv "$work/old name" "$work/newer"
fusermount3 -u "$work/newer/inner"
end_of_daemon
mnt=$ordinary
