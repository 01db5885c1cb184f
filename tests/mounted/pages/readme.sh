#!/bin/bash
# Every command of README.md does what it shows, and each row of its tables works as it is typed.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/pages.sh"

page README.md 3
