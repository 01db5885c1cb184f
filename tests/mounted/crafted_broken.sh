#!/bin/bash
# What is no archive gives EIO on outputs: never an empty directory, no ENOENT.
. "$(dirname "$0")/lib/lib.sh"

python "$archives/craft.py" write broken "$root"
emulator
mount
noise_allowed=yes

python "$archives/craft.py" check broken "$mnt"
