#!/bin/bash
# A task that is resubmitted after its end is shown as it is, and so are the outputs of its second
# end.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one f.txt first
task one '{"status": "spot-instance-preempted"}'
emulator
mount
expect "$(<"$mnt/one/status")" spot-instance-preempted "status"
expect "$(ls "$mnt/one/outputs")" f.txt "outputs"
cat "$mnt/one/computation_time" "$mnt/one/info" "$mnt/one/outputs_info" >/dev/null

# The listing tells of it, which may be 10 s old.
is_listed_as() {
    ls "$mnt" >/dev/null
    [[ $(<"$mnt/one/status") == "$1" ]]
}
control POST task/one '{"status": "submitted"}' >/dev/null
eventually 15 is_listed_as submitted || fail "status is $(<"$mnt/one/status")"
expect "$(jq -r .status "$mnt/one/task.json")" submitted "status in task.json"

python "$archives/writers.py" zipfile "$root/one/output.zip" g.txt second
control POST task/one '{"status": "success"}' >/dev/null
eventually 5 is_listed_as success || fail "status is $(<"$mnt/one/status")"
expect "$(ls "$mnt/one/outputs")" g.txt "outputs of the second end"
expect "$(<"$mnt/one/outputs/g.txt")" second "an output of the second end"
