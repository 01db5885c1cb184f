#!/bin/bash
# A damaged member gives EIO, before its last bytes; its siblings are whole.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/craft.py" write damage "$root"
emulator
mount
noise_allowed=yes

python "$archives/craft.py" check damage "$mnt"
