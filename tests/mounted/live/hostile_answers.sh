#!/bin/bash
# Names and answers that no honest machine gives: nothing of them is shown, asked for or believed.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"
noise_allowed=yes

machine one
printf 'secret\n' >"$work/secret"
printf 'text\n' >"$work/one/good"
emulator
start_machines one
mount -o "live_program=$fake"
live=$mnt/one/live

list() { # JSON: what `ls` answers from now on
    live_faults one "raw={\"status\": \"success\", \"message\": $1}"
    sleep 3.1
}
list '["..", ".", "", "/etc/passwd", "../secret", "a\u0000b", "\ud800", "good", {"..": ["x"]}, {"d": ["../../secret", "in"]}]'
expect "$(ls -A "$live" | xargs)" "d good"
expect "$(ls -A "$live/d")" in
live_faults one
expect "$(<"$live/good")" text
for bad in '{"status": "success"}' '[]' 'null' '{"status": "success", "message": {"a": 1}}' 'no JSON' \
    '{"status": "success", "message": [[[1]]]}'; do
    live_faults one "raw=$bad"
    sleep 3.1
    expect_errno EIO list "$live"
done
live_faults one
sleep 3.1
printf 'raw name' >"$work/one/$(printf 'b\xff\n"c')"
sleep 3.1
expect "$(cat "$live"/b*)" "raw name"
! grep -E '"filename": "(/|[^"]*\.\.)' "$work/one.log" || fail "it asked for what lies outside"
