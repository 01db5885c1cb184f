#!/bin/bash
# Every command of docs/troubleshooting.md does what the page shows.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/pages.sh"

page docs/troubleshooting.md 0
