#!/bin/bash
# Prefix, comment, fake end record, bytes after the end, two archives, Zip64 end.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/craft.py" write placement "$root"
emulator
mount

python "$archives/craft.py" check placement "$mnt"
