#!/bin/bash
# Times: NTFS, else UT, else DOS as UTC; broken extra fields do no harm.
. "$(dirname "$0")/lib/lib.sh"

python "$archives/craft.py" write times "$root"
emulator
mount

python "$archives/craft.py" check times "$mnt"
