#!/bin/bash
# --wait begins when the task has ended, through outages; of a failed one only with --any-status.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

for id in good bad late; do
    archive $id artifacts/a.txt text
    task $id '{"status": "computation-started", "emulator": {"output_after_end": true}}'
done
archive over artifacts/a.txt text
service
cd "$work"

# becomes ID STATUS
becomes() {
    control POST "task/$1" "{\"status\": \"$2\"}" >/dev/null
}
was_asked() { # ID TIMES: the service was asked for the task at least so often
    (($(requests kind=task "task=$1") >= $2))
}

download -o w --wait over
expect "$code $err $(<w/over/outputs/a.txt)" "0  text" "a task that has ended"
download -o w good
expect "$code" 1 "exit status of a running task without --wait"

mark
begin_download -o w -w good
eventually 20 was_asked good 2
expect "$(<out)$(<err)" '' "what it says while it waits"
[[ ! -e w/good ]]
is_running "$begun" || fail "it does not wait"
becomes good success
expect_end 0
expect "$(<out) $(<err)" "1 file (4 B) of task 'good' are in 'w/good/outputs' " "the end"
expect "$(<w/good/outputs/a.txt)" text "the file"

begin_download -o w --wait bad
mark
eventually 20 was_asked bad 1
becomes bad failed
expect_end 1
left="taskfs-download: task 'bad' has ended as 'failed': nothing is downloaded; --any-status takes what there is"
expect "$(<out)$(<err)" "$left" "a task that fails"
download -o w --wait bad
expect "$code $out$err" "1 $left" "one that has failed already"
[[ ! -e w/bad ]]
download -o w --wait --any-status bad
expect "$code $err $(<w/bad/outputs/a.txt)" "0  text" "--any-status"
download -o v bad
expect "$code $err $(<v/bad/outputs/a.txt)" "0  text" "without --wait"

# The service may be away for a while.
mark
begin_download -o w --wait --timeout 1 late
eventually 20 was_asked late 1
stop_emulator
is_lost() { says err "cannot get task 'late'"; }
eventually 20 is_lost
is_running "$begun" || fail "an outage ends the wait: $(<err)"
emulator
becomes late success
status=0
reap "$begun" 30
expect "$status" 0 "exit status after an outage"
expect "$(<w/late/outputs/a.txt)" text "the file after an outage"

# It can be interrupted.
task ever '{"status": "computation-started"}'
mark
begin_download -o w --wait ever
eventually 20 was_asked ever 1
kill -INT "$begun"
expect_end 130
expect "$(<err)" "taskfs-download: interrupted: the same command continues from here" "an interrupted wait"

download -o w --wait nope
expect "$code $out$err" "1 taskfs-download: task 'nope': the service has no such task" "a task that is not there"
