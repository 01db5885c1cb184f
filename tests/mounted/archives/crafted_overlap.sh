#!/bin/bash
# Members that lie in each other, share their bytes or run into the next.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/craft.py" write overlap "$root"
emulator
mount
noise_allowed=yes

python "$archives/craft.py" check overlap "$mnt"
