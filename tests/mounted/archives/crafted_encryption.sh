#!/bin/bash
# Encrypted members are listed; opening gives EACCES.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/craft.py" write encryption "$root"
emulator
mount
noise_allowed=yes

python "$archives/craft.py" check encryption "$mnt"
