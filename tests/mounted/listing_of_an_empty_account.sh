#!/bin/bash
# No tasks: an empty directory, no error.
. "$(dirname "$0")/lib/lib.sh"

emulator
mount

expect "$(ls -A "$mnt")" "" "the listing"
