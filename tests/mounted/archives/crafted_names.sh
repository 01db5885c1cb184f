#!/bin/bash
# Names: made-up parents, what is not shown, encodings, order of the archive.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/craft.py" write names "$root"
emulator
mount

python "$archives/craft.py" check names "$mnt"
