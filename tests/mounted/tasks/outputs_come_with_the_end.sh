#!/bin/bash
# What was found while a task ran is not taken for the outputs of its end, however young the answer.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

ends_with_outputs() { # ID...
    local id
    for id; do
        archive "$id" f.txt hello
        task "$id" '{"status": "computation-started", "emulator": {"output_after_end": true}}'
    done
}
shows_its_outputs() { # ID WHEN
    cp -r "$mnt/$1/outputs" "$work/$1"
    expect "$(ls "$work/$1")" f.txt "outputs $2"
    grep -q f.txt "$mnt/$1/outputs_info" || fail "outputs_info $2 is '$(<"$mnt/$1/outputs_info")'"
    [[ -s $mnt/$1/output.zip ]] || fail "no output.zip $2"
}

ends_with_outputs waited killed late
emulator
mount -o ttl=30

expect "$(ls "$mnt/waited/outputs")" "" "outputs of a task that runs"
control POST task/waited '{"status": "success"}' >/dev/null
expect "$(ctl waited wait)" ok "wait"
shows_its_outputs waited "after wait"

expect "$(ls "$mnt/killed/outputs")" "" "outputs of a task that runs"
expect "$(ctl killed 'kill 10')" ok "kill 10"
shows_its_outputs killed "after kill 10"

# An answer from before the end that comes after it.
fault '[{"match": {"kind": "signed-url"}, "count": 1, "action": "delay", "seconds": 1.5},
        {"match": {"kind": "signed-url"}, "count": 1, "action": "status", "code": 404}]'
ls "$mnt/late/outputs" >/dev/null &
looker=$!
has_stalled() {
    (($(waiting_requests) > 0))
}
eventually 5 has_stalled || fail "the answer is not late"
control POST task/late '{"status": "success"}' >/dev/null
expect "$(ctl late wait)" ok "wait"
reap "$looker" 5
expect "$status" 0 "ls while it ended"
shows_its_outputs late "after a late answer"
