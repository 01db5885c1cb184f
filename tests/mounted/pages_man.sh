#!/bin/bash
# Every example of the man pages works as it is typed.
# tags: plain
. "$(dirname "$0")/lib/lib.sh"
. "$lib/pages.sh"

examples docs/man/taskfs.1 docs/man/taskfs-{download,kill,list,wait}.1
