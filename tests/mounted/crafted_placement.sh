#!/bin/bash
# Prefix, comment, fake end record, bytes after the end, two archives, Zip64 end.
. "$(dirname "$0")/lib/lib.sh"

python "$archives/craft.py" write placement "$root"
emulator
mount

python "$archives/craft.py" check placement "$mnt"
