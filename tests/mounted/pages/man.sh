#!/bin/bash
# Every example of the man pages works as it is typed.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/pages.sh"

examples docs/man/taskfs.1 docs/man/taskfs-{download,kill,list,wait}.1
