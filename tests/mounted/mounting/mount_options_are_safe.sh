#!/bin/bash
# The mount is nosuid, nodev, with default_permissions; type and source name taskfs.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one
emulator
mount

line=$(grep -F "${mnt// /\\040} " /proc/self/mountinfo)
for option in nosuid nodev default_permissions; do
    [[ $line =~ [\ ,]$option(,| |$) ]] || fail "no $option in: $line"
done
expect_match "$line" taskfs "the mount's type or source"
