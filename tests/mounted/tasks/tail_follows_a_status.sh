#!/bin/bash
# `tail -F status` shows each new state, while one open of it stays one snapshot.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "submitted"}'
emulator
mount

exec 5<"$mnt/one/status"
tail -s 0.2 -F "$mnt/one/status" >"$work/followed" 2>"$work/tail" &
follower=$!
shows() { # LINES
    [[ $(paste -sd ' ' "$work/followed") == "$1" ]]
}
eventually 5 shows submitted || fail "tail shows '$(<"$work/followed")'"
control POST task/one '{"status": "computation-started"}' >/dev/null
eventually 10 shows "submitted computation-started" || fail "tail shows '$(<"$work/followed")'"
control POST task/one '{"status": "success"}' >/dev/null
eventually 10 shows "submitted computation-started success" ||
    fail "tail shows '$(<"$work/followed")'"
kill "$follower"
reap "$follower" 5

expect "$(cat <&5)" submitted "the file that was open"
expect "$(stat -c %i "$mnt/one/status")" "$(stat -c %i "$mnt/one/status")" "the inode of one version"
cp -r "$mnt/one" "$work/copy"
expect "$(<"$work/copy/status")" success "the copy"
