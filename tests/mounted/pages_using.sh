#!/bin/bash
# Every command of docs/using.md does what the page shows.
# tags: plain
. "$(dirname "$0")/lib/lib.sh"
. "$lib/pages.sh"

page docs/using.md 1
