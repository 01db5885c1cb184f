#!/bin/bash
# taskfs-kill shows which, asks, kills, says so; --all takes what can be killed; the others go on.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

restart() {
    for id in a b c; do
        control POST "task/$id" '{"status": "computation-started"}' >/dev/null
        echo refresh >"$mnt/$id/ctl"
    done
    eventually 5 is a computation-started
    eventually 5 is b computation-started
    eventually 5 is c computation-started
}
is() { [[ $(<"$mnt/$1/status") == "$2" ]]; }

task a '{"status": "computation-started", "simulator": "swash", "project": "harbour"}'
task b '{"status": "computation-started"}'
task c '{"status": "computation-started"}'
task stuck '{"status": "pending-kill", "emulator": {"kill_seconds": -1}}'
task newcode '{"status": "dissolved", "is_terminated": true}'
task done1
emulator
mount
note_mounts

for shell in dash 'busybox sh'; do
    for answer in n '' Y-not; do
        run taskfs-kill a b <<<"$answer"
        expect "$code" 1 "exit status when the answer is '$answer'"
        expect_match "$out" 'About to kill these 2 tasks:.*Are you sure you want to proceed \(y/\[N\]\)\? ' "the question"
        expect_match "$out" 'a +swash +computation-started .* harbour' "the row of a"
        expect_match "$out" 'nothing was killed$' "the end"
    done
    run taskfs-kill a </dev/null
    expect "$code" 1 "exit status at the end of input"
    expect "$(cat "$mnt"/{a,b,c}/status | uniq -c | xargs)" '3 computation-started' "untouched"

    run taskfs-kill a nope done1 b <<<y
    expect "$code" 1 "exit status when some can't be killed"
    expect_match "$out" "task 'a' is killed.*task 'b' is killed" "those that were"
    expect_match "$err" "task 'nope': no such task in '$mnt'" "a typo"
    expect_match "$err" "task 'done1': it has already ended \(success\)" "one that is over"
    expect "$(<"$mnt/a/status") $(<"$mnt/c/status")" "killed computation-started" "status"

    # A code that is not known here: the service says that it is over.
    run taskfs-kill -y newcode
    expect "$code" 1 "exit status, unknown status"
    expect_match "$err" "task 'newcode': it has already ended \(dissolved\)" "its words"
    run taskfs-kill -y -w 1 stuck
    expect "$code" 1 "exit status when it does not go"
    expect_match "$err" "task 'stuck': the kill was accepted, but the task has not ended after 1 s" "time runs out"

    # A wrong path holds up nobody.
    restart
    run taskfs-kill -y a "$work/x" "$mnt/b/"
    expect "$code $(grep -c ' is killed' "$work/out")" "1 2" "the others beside a wrong path"
    expect "$err" "taskfs-kill: '$work/x': '$work' is not a mount of taskfs: 'taskfs $work' mounts one there, -m DIR names another" \
        "a wrong path"
    expect "$(<"$mnt/a/status") $(<"$mnt/b/status")" "killed killed" "status"
    run taskfs-kill -y "$work/x"
    expect "$code $out" "1 " "a wrong path alone"

    # What has gone by the time it is looked at is gone, however short that was.
    restart
    run taskfs-kill -y -w 0 a
    expect "$code $out $err" "0 task 'a' is killed " "no time to wait"
    run taskfs-kill -y -w 00 b
    expect "$code $out $err" "0 task 'b' is killed " "no time to wait"
    run taskfs-kill -y -w 0 stuck
    expect "$code" 1 "exit status when it does not go at once"

    restart
    run taskfs-kill -yw5 --all 2>/dev/null
    expect "$code" 2 "flags in one word are not taken for seconds"
    run taskfs-kill -y -w5 --all
    expect "$code $err" "0 " "--all"
    expect "$(grep -c ' is killed' "$work/out")" 3 "killed by --all"
    expect "$(cat "$mnt"/{a,b,c}/status | uniq -c | xargs)" '3 killed' "all of them"
    run taskfs-kill --all
    expect "$code $out" "0 no task can be killed" "nothing left"
    restart
done

# An outage is no absence.
noise_allowed=yes
fault '{"match": {"kind": ["task", "status", "kill"]}, "action": "not_json", "body": "maintenance"}'
unreadable() { ! cat "$mnt/a/status" >/dev/null 2>&1; }
eventually 5 unreadable
run taskfs-kill -y a
expect "$code" 1 "exit status in an outage"
expect_match "$err" "task 'a': the service could not be reached" "an outage"
clear_faults
