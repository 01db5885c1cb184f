#!/bin/bash
# Unknown verbs, bad numbers, words too many and long lines give EINVAL, and send nothing.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "computation-started"}'
emulator
mount

for text in frob kil KILL killall 'kill now' 'kill -1' 'kill 1 2' 'kill 1e400' 'kill 0x10' 'kill nan' \
    'wait x' 'wait -5' 'wait 1 2' 'refresh 3' 'refresh now' 'kill;ls'; do
    expect "$(ctl one "$text")" EINVAL "'$text'"
    [[ $(<"$mnt/one/ctl_error") != ok ]] || fail "ctl_error is ok after '$text'"
    expect "$(wc -l <"$mnt/one/ctl_error")" 1 "lines of ctl_error"
done
expect "$(ctl one "$(printf ' %.0s' {1..4097})")" EINVAL "4097 spaces"
expect "$(ctl one "$(printf 'k%.0s' {1..5000})")" EINVAL "5000 letters"
expect_requests 0 kind=kill
# What says nothing does nothing.
for text in $'\n' ' ' $' \t\n\n'; do
    expect "$(ctl one "$text")" ok "white space"
done
expect "$(ctl one $'  refresh \t\n')" ok "a verb amid white space"
expect "$(<"$mnt/one/ctl_error")" ok "ctl_error after it"
