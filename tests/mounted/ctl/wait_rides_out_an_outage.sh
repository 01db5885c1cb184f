#!/bin/bash
# `wait` and `kill SECONDS` last longer than an outage; the time given bounds them, and a refused
# key ends them.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for id in waited bounded killed refused; do
    task $id '{"status": "computation-started", "emulator": {"kill_seconds": 14}}'
done
emulator
mount -o timeout=2
noise_allowed=yes

ctl waited wait >"$work/waited" &
waited=$!
ctl bounded 'wait 9' >"$work/bounded" &
bounded=$!
ctl killed 'kill 60' >"$work/killed" &
killed=$!
is_pending() {
    [[ $(<"$mnt/killed/status") == pending-kill ]]
}
eventually 5 is_pending || fail "the kill is not accepted"

stop_emulator
before=$(now_ms)
reap "$bounded" 20
took=$(($(now_ms) - before))
expect "$(<"$work/bounded")" ETIMEDOUT "wait 9 in an outage"
((took >= 6000)) || fail "wait 9 ended after $took ms of an outage"
is_running "$waited" || fail "the wait has ended in the outage: $(<"$work/waited")"
is_running "$killed" || fail "kill 60 has ended in the outage: $(<"$work/killed")"

for id in waited killed; do
    task $id '{"status": "killed"}'
done
emulator
reap "$waited" 20
expect "$(<"$work/waited")" ok "the wait, after the outage"
reap "$killed" 20
expect "$(<"$work/killed")" ok "kill 60, after the outage"

ctl refused wait >"$work/refused" &
refused=$!
is_polling() {
    (($(requests kind=task task=refused) > 1))
}
mark
eventually 5 is_polling || fail "the wait does not ask"
fault '{"match": {"task": "refused"}, "action": "status", "code": 401}'
reap "$refused" 10
expect "$(<"$work/refused")" EACCES "a wait whose key is refused"
