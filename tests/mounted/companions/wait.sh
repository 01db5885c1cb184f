#!/bin/bash
# taskfs-wait tells each change and the place in the queue; its exit status tells how it went.
# tags: plain waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

story='"status": "submitted", "position_in_queue": {"tasks_ahead": 3}, "emulator": {"timeline": [
    {"after": 1.5, "status": "computation-started"}, {"after": 3.5, "status": "success"}]}'
task good
task bad '{"status": "failed"}'
task strange '{"status": "dissolved", "is_terminated": true}'
task running '{"status": "computation-started"}'
emulator
mount
note_mounts

for shell in dash 'busybox sh'; do
    run taskfs-wait good
    expect "$code $out" "0 task 'good': success" "one that is over"
    run taskfs-wait good bad
    expect "$code" 1 "exit status when one failed"
    run taskfs-wait strange
    expect "$code $out" "1 task 'strange': dissolved" "a status that is not known here"
    run taskfs-wait good nope
    expect "$code" 1 "exit status of a typo"
    expect_match "$err" "task 'nope': no such task in" "a typo"
    began=$(date +%s%3N)
    run taskfs-wait -t 01 running
    took=$(($(date +%s%3N) - began))
    ((took >= 1000)) || fail "a second took $took ms"
    expect "$code" 124 "exit status when time runs out"
    expect_match "$err" "time ran out after 1 s" "time runs out"
    expect "$(<"$mnt/running/status")" computation-started "it goes on"
    run taskfs-wait -t 0 running
    expect "$code" 124 "exit status without any time"
    expect_match "$err" "time ran out after 0 s" "no time"
    run taskfs-wait -t 0 good strange
    expect "$code $(wc -l <"$work/out")" "1 2" "what is over without any time"
    run taskfs-wait -t 0 good
    expect "$code $out" "0 task 'good': success" "one that is over without any time"
    # What is no task is said, and the others are followed.
    run taskfs-wait "$work/nope" good
    expect "$code $out" "1 task 'good': success" "the others beside a wrong path"
    expect "$err" "taskfs-wait: '$work/nope': '$work' is not a mount of taskfs: 'taskfs $work' mounts one there, -m DIR names another" \
        "a wrong path"
done

task story "{$story}"
run taskfs-wait story
expect "$code" 0 "exit status at the end of the story"
expect "$(sed 's/00:00:0[0-9]/N/' "$work/out")" "task 'story': submitted, tasks ahead: 3
task 'story': computation-started (submitted for N)
task 'story': success (computation-started for N)" "the story"

# On a terminal: one line, which is updated.
task tty "{$story}"
run_on_terminal "dash '$programs/taskfs-wait' tty"
expect "$code" 0 "exit status on a terminal"
expect_match "$out" $'\rtty: submitted for 00:00:0[0-9], tasks ahead: 3\033\\[K' "the line in the queue"
expect_match "$out" $'\rtty: computation-started for 00:00:0[0-9]\033\\[K' "the line of a running task"
expect "$(wc -l <"$work/out")" 1 "lines on a terminal"

# One that is deleted while we wait is no success.
task gone '{"status": "computation-started"}'
begin taskfs-wait gone
eventually 5 says "$work/out" computation-started
rm -r "$root/gone"
expect_end 1
expect_match "$(<"$work/err")" "task 'gone': no such task in" "a task that vanishes"

# Nobody may write to ctl: the status itself is followed.
unmount
mount -o ro
task ro '{"status": "submitted", "emulator": {"timeline": [{"after": 1, "status": "success"}]}}'
run taskfs-wait ro
expect "$code" 0 "exit status on a read-only mount"
