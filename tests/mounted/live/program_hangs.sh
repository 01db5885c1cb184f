#!/bin/bash
# taskfs-live that hangs is an error within the deadline; then it is killed, and another one serves.
# tags: plain waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"
noise_allowed=yes

machine one
echo text >"$work/one/stdout.txt"
emulator
start_machines one
mount -o "live_program=$fake"
expect "$(<"$mnt/one/live/stdout.txt")" text
program=$(pgrep -P "$taskfs_pid")
kill -STOP "$program"
sleep 1.1
before=$SECONDS
expect_errno ETIMEDOUT open "$mnt/one/live/stdout.txt"
((SECONDS - before <= 12 * slower)) || fail "the error came after $((SECONDS - before)) s"
is_read() {
    [[ $(cat "$mnt/one/live/stdout.txt" 2>/dev/null) == text ]]
}
eventually 25 is_read || fail "nothing can be read afterwards"
! kill -0 "$program" 2>/dev/null || fail "the program that hangs is still there"
grep -q 'taskfs-live did not react' "$work/taskfs.stderr" || fail "the log does not say it"
