#!/bin/bash
# The key goes to the API's host alone: no call is redirected, and the store never sees it.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
archive three artifacts/a.txt text
task two '{"status": "computation-started"}'
mkdir "$work/other"
"$TASKFS_EMULATOR" --root "$work/other" --port-file "$work/other.port" --log "$work/other.log" \
    >/dev/null 2>&1 &
other_pid=$!
has_other() {
    [[ -s $work/other.port ]]
}
eventually 10 has_other || fail "the other host did not start"
elsewhere=http://localhost:$(<"$work/other.port")
emulator
mount -o ttl=0,timeout=8
noise_allowed=yes
[[ $(<"$mnt/two/status") == computation-started ]] || fail "the task does not compute"

for code in 301 302 303 307 308; do
    fault '[{"match": {"kind": ["list", "task", "status", "kill", "signed-url"]}, "action": "redirect",
        "location": "'"$elsewhere/tasks/two"'", "code": '$code'}]'
    expect_errno EIO read "$mnt/two/status"
    expect "$(ctl two kill)" EIO "a kill that is redirected with $code"
    expect_errno EIO list "$mnt/one/outputs"
    clear_faults
done
# Nor to itself by another name.
fault '{"match": {"kind": "task"}, "action": "redirect", "location": "http://localhost:'"$port"'/tasks/two"}'
expect_errno EIO read "$mnt/two/status"
clear_faults
expect "$(grep -cv '"kind":"control"' "$work/other.log" || true)" 0 "requests to the other host"

# The store may redirect: without the key, and with nothing but the range.
expect "$(<"$mnt/one/outputs/a.txt")" text "an output"
fault '{"match": {"kind": "object"}, "action": "redirect", "location": "'"$elsewhere/storage/one/output.zip"'"}'
cat "$mnt/three/output.zip" >/dev/null 2>&1 || true
clear_faults
eventually 5 grep -q '"kind":"object"' "$work/other.log" || fail "the store's redirect is not followed"
expect "$(jq -s 'map(select(.key)) | length' "$work/other.log")" 0 "keys sent to the other host"
expect "$(jq -s 'map(select(.kind == "object" and .key)) | length' "$request_log")" 0 "keys sent to the store"
if grep -F "$key" "$work/taskfs.stderr" "$mnt/.taskfs/log"; then fail "the key is in a message"; fi
if grep -niE 'signature=[0-9a-z+/%]{16,}' "$work/taskfs.stderr" "$mnt/.taskfs/log"; then
    fail "a signature is in a message"
fi
kill -TERM "$other_pid"
reap "$other_pid" 5
