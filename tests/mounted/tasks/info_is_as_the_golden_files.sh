#!/bin/bash
# info and outputs_info of a finished, a failed, a queued and a running task are the golden files.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"

times='"create_time": "2026-01-05T10:00:00.000000+00:00",
    "input_submit_time": "2026-01-05T10:00:02.400000+00:00"'
started="$times, \"start_time\": \"2026-01-05T10:01:30.100000+00:00\",
    \"computation_start_time\": \"2026-01-05T10:01:41.000000+00:00\""
ended="$started, \"computation_end_time\": \"2026-01-05T10:54:53.400000+00:00\",
    \"end_time\": \"2026-01-05T10:55:10.200000+00:00\""
wing='"simulator": "openfoam-esi", "project": "wing-study", "machine_group_name": "wing-group"'
machine='"executer": {"vm_type": "zones/europe-west1-b/machineTypes/c2-standard-16",
    "cpu_count_logical": 16, "cpu_count_physical": 8, "memory": 67430000000}'

task finished "{\"status\": \"success\", $wing, $ended, \"estimated_computation_cost\": 0.42,
    \"metrics\": {\"computation_seconds\": 3192.4}, $machine}"
task failed "{\"status\": \"failed\", $wing, $ended, \"estimated_computation_cost\": 0.0116,
    \"num_retries\": 1, \"error_detail\": \"solver stopped with status 1\n\nsee stderr.txt\", $machine}"
task queued "{\"status\": \"submitted\", $wing, $times, \"emulator\": {\"tasks_ahead\": 4}}"
task running "{\"status\": \"computation-started\", $wing, $started, $machine}"
python "$archives/writers.py" zipfile "$root/finished/output.zip" \
    output.json '{}' artifacts/stdout.txt $'Mesh OK.\n' artifacts/stderr.txt '' \
    artifacts/VTK/wing_0050.vtk "$(seq 1 4000)" artifacts/VTK/wing_0100.vtk "$(seq 1 9000)" \
    "artifacts/logs/solver log.txt" "$(seq 1 100)" artifacts/../escaped x
python "$archives/writers.py" zipfile "$root/finished/input.zip" sim_dir/system/controlDict "$(seq 1 90)"
python "$archives/writers.py" zipfile "$root/failed/output.zip" \
    artifacts/stderr.txt $'floating point exception\n' artifacts/core.bin "$(head -c 2000 /dev/zero | tr '\0' A)"
emulator
mount

bad=0
for id in finished failed queued running; do
    for name in info outputs_info; do
        cp "$mnt/$id/$name" "$work/$id.$name.txt"
        diff -u "$lib/../golden/$id.$name.txt" "$work/$id.$name.txt" || bad=1
    done
done
# A new golden file is what the test shows, once somebody has read it.
if [[ -n ${GOLDEN_FILES_TO:-} ]]; then # a path from the top of the tree
    (cd "$lib/../../.." && cp "$work"/*.info.txt "$work"/*.outputs_info.txt "$GOLDEN_FILES_TO")
fi
((bad == 0)) || fail "not as in tests/mounted/golden"
