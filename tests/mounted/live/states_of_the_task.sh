#!/bin/bash
# Before and after the computation live/ is empty but for .why; nothing is asked of the machine.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"

machine one
task waiting '{"status": "submitted"}'
archive ended result.txt fine
printf 'text\n' >"$work/one/stdout.txt"
emulator
start_machines one
mount -o "live_program=$fake"

for id in waiting ended; do
    expect "$(ls -A "$mnt/$id/live")" .why "what live/ of $id has"
    expect "$(ls "$mnt/$id/live")" ""
    expect_errno ENOENT open "$mnt/$id/live/stdout.txt"
    expect "$(<"$mnt/$id/top")" ""
done
expect_match "$(<"$mnt/ended/live/.why")" 'has ended.*outputs/'
expect_match "$(<"$mnt/waiting/live/.why")" "computation-started"
expect "$(<"$mnt/one/live/stdout.txt")" text
timeout 30 tail -f "$mnt/one/live/stdout.txt" >"$work/seen" 2>&1 &
follower=$!
sleep 1.5
control POST task/one '{"status": "success"}' >/dev/null
has_ended() {
    ! is_running $follower
}
eventually 12 has_ended || fail "tail -f of an ended task goes on"
wait $follower || true
grep -q 'Stale file handle' "$work/seen" || fail "tail says: $(<"$work/seen")"
sleep 1.1
expect "$(ls -A "$mnt/one/live")" .why
expect_errno ENOENT open "$mnt/one/live/stdout.txt"
