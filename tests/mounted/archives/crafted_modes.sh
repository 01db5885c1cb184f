#!/bin/bash
# Modes: 0644 and 0755; devices and set-uid bits are dropped.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/craft.py" write modes "$root"
emulator
mount

python "$archives/craft.py" check modes "$mnt"
