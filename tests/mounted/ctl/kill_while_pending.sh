#!/bin/bash
# kill of a task in pending-kill succeeds and sends nothing.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "pending-kill"}'
emulator
mount

expect "$(ctl one kill)" ok "kill"
expect "$(ctl one 'kill 1')" ETIMEDOUT "kill 1"
expect_requests 0 kind=kill
