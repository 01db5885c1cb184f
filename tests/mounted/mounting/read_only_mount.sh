#!/bin/bash
# -o ro: every write gives EROFS, ctl too; reading works.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "computation-started"}'
emulator
mount -o ro

expect "$(ctl one kill)" EROFS "kill"
expect "$(ctl one wait)" EROFS "wait"
expect "$(<"$mnt/one/status")" computation-started "status"
grep -F "${mnt// /\\040} " /proc/self/mountinfo | grep -qE ' ro[, ]' || fail "not mounted read-only"
expect_requests 0 kind=kill
