#!/bin/bash
# info has status, alias, timeline, queue position, machine, simulator, cost, errors.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task finished '{"status": "success", "status_alias": "All Well", "simulator": "openfoam-esi",
    "project": "wing study", "estimated_computation_cost": 1.25,
    "executer": {"vm_type": "zones/x/machineTypes/c2-standard-4"}}'
task waiting '{"status": "submitted", "emulator": {"tasks_ahead": 7}}'
task broken '{"status": "failed", "error_detail": "solver diverged at step 42"}'
emulator
mount

for text in success "All Well" openfoam-esi "wing study" c2-standard-4 1.25; do
    grep -qF -- "$text" "$mnt/finished/info" || fail "info does not tell '$text'"
done
ahead() { # the place in the queue, as info has it
    sed -n 's/^  Tasks ahead: *//p' "$mnt/$1/info"
}
expect "$(ahead waiting)" 7 "the place in the queue"
expect "$(ahead finished)" "" "the place of a finished task"
expect_requests 1 task=waiting path=/tasks/waiting/status
expect_requests 0 path=/tasks/finished/status
expect_match "$(<"$mnt/broken/info")" "solver diverged at step 42" "the error detail"

# Who can't tell the place can tell the rest.
noise_allowed=yes
fault '{"match": {"path_prefix": "/tasks/waiting/status"}, "action": "status", "code": 400}'
place_is_gone() { [[ $(ahead waiting) == "" ]]; }
eventually 5 place_is_gone || fail "the place is older than a second"
grep -q 'submitted' "$mnt/waiting/info" || fail "info tells nothing of the rest"
clear_faults
place_is_there() { [[ $(ahead waiting) == 7 ]]; }
eventually 5 place_is_there || fail "the place does not come back"
