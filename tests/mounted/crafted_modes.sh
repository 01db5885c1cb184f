#!/bin/bash
# Modes: 0644 and 0755; devices and set-uid bits are dropped.
. "$(dirname "$0")/lib/lib.sh"

python "$archives/craft.py" write modes "$root"
emulator
mount

python "$archives/craft.py" check modes "$mnt"
