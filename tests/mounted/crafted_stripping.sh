#!/bin/bash
# What is in artifacts/ is the tree; without it, the whole archive.
. "$(dirname "$0")/lib/lib.sh"

python "$archives/craft.py" write stripping "$root"
emulator
mount

python "$archives/craft.py" check stripping "$mnt"
