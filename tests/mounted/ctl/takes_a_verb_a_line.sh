#!/bin/bash
# Several lines in one write are carried out in order.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "computation-started", "emulator": {"kill_seconds": 1}}'
emulator
mount

expect "$(ctl one $'\nkill\n\nwait 20\n')" ok "kill and wait"
expect "$(<"$mnt/one/status")" killed "status"
expect "$(requests kind=kill)" 1 "kill requests"
