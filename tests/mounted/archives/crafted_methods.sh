#!/bin/bash
# Methods: stored, deflate, what libzip reads, EOPNOTSUPP for the rest.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/craft.py" write methods "$root"
emulator
mount
noise_allowed=yes

python "$archives/craft.py" check methods "$mnt"
