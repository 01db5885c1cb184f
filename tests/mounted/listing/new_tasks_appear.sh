#!/bin/bash
# A new task is there by its id at once, and in the listing within 10 seconds.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one
emulator
mount

ls "$mnt" >/dev/null
task two '{"status": "submitted"}'
expect "$(<"$mnt/two/status")" submitted "the new task by its id"
is_listed() {
    [[ $(ls "$mnt" | sort | xargs) == "one two" ]]
}
eventually 12 is_listed || fail "the listing is '$(ls "$mnt" | xargs)'"
