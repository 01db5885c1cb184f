#!/bin/bash
# A name that can't be a task id causes no request.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one
emulator
mount
ls "$mnt" >/dev/null

mark
for name in .git .Trash .hidden .xdg-volume-info $'new\nline' $'bell\a'; do
    expect_errno ENOENT stat "$mnt/$name"
done
expect "$(errno_of stat "$mnt/$(printf 'x%.0s' {1..300})")" ENAMETOOLONG "a name of 300 bytes"
expect_requests 0
