#!/bin/bash
# What is no archive gives EIO on outputs: never an empty directory, no ENOENT.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/craft.py" write broken "$root"
emulator
mount
noise_allowed=yes

python "$archives/craft.py" check broken "$mnt"
