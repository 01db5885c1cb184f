#!/bin/bash
# Neither the key nor a signature is in the command line, the logs, or sent to the store.
. "$(dirname "$0")/lib/lib.sh"

archive one artifacts/a.txt text
emulator
noise_allowed=yes
mount -d

cat "$mnt/one/outputs/a.txt" "$mnt/one/info" "$mnt/one/task.json" >/dev/null
fault '{"match": {"kind": "object"}, "action": "status", "code": 403}'
cat "$mnt/one/output.zip" >/dev/null 2>&1 || true
cat "$mnt/.taskfs/log" "$mnt/.taskfs/config" "$mnt/.taskfs/stats" >"$work/shown"
tr '\0' ' ' <"/proc/$taskfs_pid/cmdline" >>"$work/shown"
cat "$work/taskfs.stderr" >>"$work/shown"
[[ -s $work/taskfs.stderr ]] || fail "-d logs nothing"
if grep -nF "$key" "$work/shown"; then fail "the key is shown"; fi
if grep -niE 'signature=[0-9a-z+/%]{16,}' "$work/shown"; then fail "a signature is shown"; fi
expect "$(jq -s 'map(select(.kind == "object" and .key)) | length' "$request_log")" 0 "keys sent to the store"
expect_match "$(jq -sr 'map(select(.kind == "list"))[0].key' "$request_log")" true "a key sent to the API"
