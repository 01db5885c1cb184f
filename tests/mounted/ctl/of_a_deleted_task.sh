#!/bin/bash
# A verb for a task that is gone gives ENOENT.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "computation-started"}'
emulator
mount

cat "$mnt/one/status" >/dev/null
exec 5>"$mnt/one/ctl"
rm -r "$root/one"
if echo kill >&5 2>"$work/errors"; then fail "kill of a deleted task succeeds"; fi
grep -q "No such file" "$work/errors" || fail "errno: $(<"$work/errors")"
exec 5>&-

# One that goes while the kill is on its way.
task two '{"status": "computation-started"}'
cat "$mnt/two/status" >/dev/null
fault '{"match": {"kind": "kill"}, "action": "status", "code": 404}'
expect "$(ctl two kill)" ENOENT "kill of a task that goes meanwhile"
clear_faults
