#!/bin/bash
# Times: NTFS, else UT, else DOS as UTC; broken extra fields do no harm.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/craft.py" write times "$root"
emulator
mount

python "$archives/craft.py" check times "$mnt"
