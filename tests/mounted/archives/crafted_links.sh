#!/bin/bash
# Symbolic links inside outputs/ are links; all others are files of their text.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/craft.py" write links "$root"
emulator
mount

python "$archives/craft.py" check links "$mnt"
