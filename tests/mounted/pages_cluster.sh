#!/bin/bash
# Every command of docs/cluster.md does what the page shows.
# tags: plain
. "$(dirname "$0")/lib/lib.sh"
. "$lib/pages.sh"

page docs/cluster.md 6
