#!/bin/bash
# refresh forgets what is cached about a task, a terminal one too.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt first
emulator
mount

expect "$(<"$mnt/one/outputs/a.txt")" first "an output"
expect "$(<"$mnt/one/status")" success "status"
changed=$(stat -c %Y "$mnt/one")
archive one artifacts/a.txt 'second, longer' artifacts/b.txt new
task one '{"status": "failed", "end_time": "2026-01-05T10:00:00Z"}'
expect "$(<"$mnt/one/status")" success "status before refresh"
expect "$(ctl one refresh)" ok "refresh"
expect "$(<"$mnt/one/status")" failed "status after refresh"
expect "$(stat -c %Y "$mnt/one")" "$(stat -c %Y "$mnt/one/status")" "the directory's time after refresh"
[[ $(stat -c %Y "$mnt/one") != "$changed" ]] || fail "the directory's time is from before the refresh"
expect "$(ls "$mnt/one/outputs" | xargs)" "a.txt b.txt" "outputs after refresh"
expect "$(<"$mnt/one/outputs/a.txt")" 'second, longer' "an output after refresh"
