#!/bin/bash
# Control characters and newlines of a hostile service do not reach the log raw.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "computation-started"}'
emulator
mount
noise_allowed=yes

fault '{"match": {"task": "one"}, "action": "status", "code": 400,
    "body": "{\"detail\": \"no\\nFORGED line\\u001b[2J\"}"}'
cat "$mnt/one/info" >/dev/null 2>&1 || true
cat "$mnt/.taskfs/log" "$work/taskfs.stderr" >"$work/shown"
if grep -q '^FORGED' "$work/shown"; then fail "a newline got through"; fi
if grep -q $'\x1b' "$work/shown"; then fail "an escape character got through"; fi
