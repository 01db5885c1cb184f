#!/bin/bash
# Encrypted members are listed; opening gives EACCES.
. "$(dirname "$0")/lib/lib.sh"

python "$archives/craft.py" write encryption "$root"
emulator
mount
noise_allowed=yes

python "$archives/craft.py" check encryption "$mnt"
