#!/bin/bash
# Data descriptors, Zip64 everywhere, local extra fields that differ.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/craft.py" write writers "$root"
emulator
mount

python "$archives/craft.py" check writers "$mnt"
