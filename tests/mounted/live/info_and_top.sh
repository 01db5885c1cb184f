#!/bin/bash
# top is the machine's load as of now; info names live/, and while somebody looks into it, the file
# that was modified last.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"

machine one
task ended '{"status": "success"}'
printf 'text\n' >"$work/one/stdout.txt"
emulator
start_machines one
mount -o "live_program=$fake"

grep -q 'Files now: *live/' "$mnt/one/info" || fail "info does not name live/"
! grep -q 'Last modified' "$mnt/one/info" || fail "info connects to the machine"
! grep -q 'live/' "$mnt/ended/info" || fail "info of an ended task names live/"
expect "$(live_log one open)" 0 "connections because of info"
expect_match "$(head -n 1 "$mnt/one/top")" '^top - '
expect "$(stat -c %s "$mnt/one/top")" "$(wc -c <"$mnt/one/top")"
eventually 3 grep -q 'Last modified: .*stdout.txt' "$mnt/one/info" || fail "info does not name the file"
expect "$(stat_of taskfs_live_connections)" 1
expect "$(find "$mnt/one" -maxdepth 1 -name top)" "" "what is listed"
expect "$(live_log one open)" 1 "connections"
# What was seen last stays in info when nobody looks any more.
is_closed() {
    [[ $(stat_of taskfs_live_connections) == 0 ]]
}
eventually 15 is_closed || fail "the connection is still open"
sleep 1.1
grep -q 'Last modified: .*stdout.txt' "$mnt/one/info" || fail "info has forgotten the file"
grep -q 'Seen at: ' "$mnt/one/info" || fail "info does not say when it was seen"
expect "$(live_log one open)" 1 "connections"
