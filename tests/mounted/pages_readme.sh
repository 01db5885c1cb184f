#!/bin/bash
# Every command of README.md does what it shows, and each row of its tables works as it is typed.
# tags: plain
. "$(dirname "$0")/lib/lib.sh"
. "$lib/pages.sh"

page README.md 3
