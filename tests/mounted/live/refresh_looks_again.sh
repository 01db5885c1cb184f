#!/bin/bash
# `refresh` forgets what was known of the machine: its names, its files, and that it could not be
# reached a moment ago.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"
noise_allowed=yes

machine one
echo first >"$work/one/a"
emulator
start_machines one
later=$work/later
mount -o "live_program=$later,ttl=60"

expect_errno ENOPKG list "$mnt/one/live"
cp "$fake" "$later"
chmod a+rx "$later"
expect_errno ENOPKG list "$mnt/one/live"
expect "$(ctl one refresh)" ok
expect "$(ls "$mnt/one/live")" a "right after a failure"
expect "$(<"$mnt/one/live/a")" first
echo second >>"$work/one/a"
echo >"$work/one/b"
expect "$(<"$mnt/one/live/a")" first "within the ttl"
expect "$(ctl one refresh)" ok
expect "$(ls "$mnt/one/live" | xargs)" "a b"
expect "$(xargs <"$mnt/one/live/a")" "first second"
