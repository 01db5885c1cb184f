#!/bin/bash
# refresh returns once the kernel believes nothing old any more, however long it holds the
# directory.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
cp "$root/one/output.zip" "$root/one/input.zip"
archive two artifacts/a.txt text
emulator
mount
expect "$(<"$mnt/one/status")" success "status"

# A lookup that takes long holds the directory.
fault '{"match": {"kind": "object"}, "action": "stall_headers"}'
stat "$mnt/one/input.zip" >/dev/null &
looker=$!
has_stalled() {
    (($(waiting_requests) > 0))
}
eventually 5 has_stalled || fail "the lookup did not stall"

task one '{"status": "failed"}'
ctl one refresh >"$work/refresh" &
refresher=$!
sleep 0.5 # nothing ends meanwhile: there is no event to wait for
is_running "$refresher" || fail "refresh returned, and the kernel could not know: status is $(<"$mnt/one/status")"

clear_faults
reap "$refresher" 5
expect "$status:$(<"$work/refresh")" 0:ok "refresh"
expect "$(<"$mnt/one/status")" failed "status after refresh"
reap "$looker" 5
expect "$status" 0 "the lookup"

# Who does not want to wait for that need not.
fault '{"match": {"kind": "object"}, "action": "stall_headers"}'
expect "$(ctl one refresh)" ok "refresh"
stat "$mnt/one/input.zip" >/dev/null &
looker=$!
eventually 5 has_stalled || fail "the lookup did not stall"
"${default_signals[@]}" /usr/bin/python3 "$lib/oscall.py" write "$mnt/one/ctl" refresh >"$work/refresh" 2>&1 &
refresher=$!
sleep 0.3 # as above
is_running "$refresher" || fail "refresh returned: $(<"$work/refresh")"
# Others need not wait either.
before=$(now_ms)
expect "$(ctl two refresh)" ok "refresh of another task"
took=$(($(now_ms) - before))
((took < 1000 * slower)) || fail "refresh of another task took $took ms"
is_running "$refresher" || fail "the first refresh returned: $(<"$work/refresh")"
before=$(now_ms)
kill -INT "$refresher"
reap "$refresher" 5
took=$(($(now_ms) - before))
[[ $status != 0 ]] || fail "it was not interrupted"
((took < 1000 * slower)) || fail "Ctrl+C took $took ms"
clear_faults
reap "$looker" 5
