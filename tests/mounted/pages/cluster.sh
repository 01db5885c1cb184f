#!/bin/bash
# Every command of docs/cluster.md does what the page shows.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/pages.sh"

page docs/cluster.md 6
