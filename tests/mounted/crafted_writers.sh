#!/bin/bash
# Data descriptors, Zip64 everywhere, local extra fields that differ.
. "$(dirname "$0")/lib/lib.sh"

python "$archives/craft.py" write writers "$root"
emulator
mount

python "$archives/craft.py" check writers "$mnt"
