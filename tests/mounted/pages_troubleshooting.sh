#!/bin/bash
# Every command of docs/troubleshooting.md does what the page shows.
# tags: plain
. "$(dirname "$0")/lib/lib.sh"
. "$lib/pages.sh"

page docs/troubleshooting.md 0
