#!/bin/bash
# Every command of docs/using.md does what the page shows.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/pages.sh"

page docs/using.md 1
