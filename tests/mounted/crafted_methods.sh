#!/bin/bash
# Methods: stored, deflate, what libzip reads, EOPNOTSUPP for the rest.
. "$(dirname "$0")/lib/lib.sh"

python "$archives/craft.py" write methods "$root"
emulator
mount
noise_allowed=yes

python "$archives/craft.py" check methods "$mnt"
