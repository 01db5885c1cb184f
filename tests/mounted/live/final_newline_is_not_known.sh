#!/bin/bash
# Whether the last line is complete is not known: its newline is shown when something follows it.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"

machine one
file=$work/one/stdout.txt
emulator
start_machines one
mount -o "live_program=$fake"

shows() { # TEXT: what the file shows, with a mark at its end
    [[ $(cat "$mnt/one/live/stdout.txt"; echo x) == "$1"x ]]
}
expect_shown() {
    eventually 5 shows "$1" || fail "it shows '$(cat "$mnt/one/live/stdout.txt")', expected '$1'"
}
printf 'one' >"$file"
expect_shown one
printf '\n' >>"$file"
sleep 1.1
expect_shown one
printf 'tw' >>"$file"
expect_shown $'one\ntw'
printf 'o\n\n' >>"$file"
expect_shown $'one\ntwo\n'
printf '\rthree\r\n' >>"$file"
expect_shown $'one\ntwo\n\n\rthree\r'
expect "$(wc -l <"$mnt/one/live/stdout.txt")" 3 "newlines that are known"
expect "$(tail -n 1 "$mnt/one/live/stdout.txt")" $'\rthree\r' "the last line"
