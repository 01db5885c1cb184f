#!/bin/bash
# Names: made-up parents, what is not shown, encodings, order of the archive.
. "$(dirname "$0")/lib/lib.sh"

python "$archives/craft.py" write names "$root"
emulator
mount

python "$archives/craft.py" check names "$mnt"
