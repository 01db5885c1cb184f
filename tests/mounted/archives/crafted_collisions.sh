#!/bin/bash
# Two members of one name, and a file and a directory of one name.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/craft.py" write collisions "$root"
emulator
mount

python "$archives/craft.py" check collisions "$mnt"
