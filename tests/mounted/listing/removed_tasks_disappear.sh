#!/bin/bash
# A deleted task leaves the listing, and its id gives ENOENT.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one
task two '{"status": "submitted"}'
emulator
mount

expect "$(ls "$mnt" | sort | xargs)" "one two" "the listing"
rm -r "$root/two"
is_gone() {
    [[ $(ls "$mnt" | xargs) == one && $(errno_of read "$mnt/two/status") == ENOENT ]]
}
eventually 14 is_gone || fail "the task is still there"
