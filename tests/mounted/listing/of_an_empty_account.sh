#!/bin/bash
# No tasks: an empty directory, no error.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

emulator
mount

expect "$(ls -A "$mnt")" "" "the listing"
