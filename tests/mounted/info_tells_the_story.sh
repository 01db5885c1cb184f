#!/bin/bash
# info has status, alias, timeline, queue position, machine, simulator, cost, errors.
. "$(dirname "$0")/lib/lib.sh"

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
expect_match "$(<"$mnt/waiting/info")" 7 "the place in the queue"
expect_match "$(<"$mnt/broken/info")" "solver diverged at step 42" "the error detail"
