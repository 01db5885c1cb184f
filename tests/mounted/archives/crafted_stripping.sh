#!/bin/bash
# What is in artifacts/ is the tree; without it, the whole archive.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/craft.py" write stripping "$root"
emulator
mount

python "$archives/craft.py" check stripping "$mnt"
