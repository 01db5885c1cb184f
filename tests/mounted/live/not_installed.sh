#!/bin/bash
# Without taskfs-live, live/ says which package is missing, and all else works.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"
noise_allowed=yes

machine one
archive ended result.txt fine
emulator
mount -o "live_program=$work/nothing"

expect_errno ENOPKG list "$mnt/one/live"
expect_errno ENOPKG open "$mnt/one/live/stdout.txt"
expect_match "$(<"$mnt/one/live/.why")" "taskfs-live is not installed"
expect "$(<"$mnt/one/status")" computation-started
grep -q 'Files now: *live/' "$mnt/one/info" || fail "info does not name live/"
expect "$(<"$mnt/ended/outputs/result.txt")" fine
expect "$(ls -A "$mnt/ended/live")" .why
. "$lib/companions.sh"
note_mounts
run taskfs-wait --log -t 3 one
expect "$code" 124 "exit status of taskfs-wait"
expect "$(grep -c 'its output cannot be shown: the package taskfs-live is not installed' "$work/err")" 1 "what it says, once"
