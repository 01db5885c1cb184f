#!/bin/bash
# Archives in archives, and paths five hundred folders deep.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/craft.py" write nesting "$root"
emulator
mount
noise_allowed=yes

python "$archives/craft.py" check nesting "$mnt"
