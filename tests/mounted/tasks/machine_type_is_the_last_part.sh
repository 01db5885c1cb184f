#!/bin/bash
# machine_type comes from vm_type, from vm_name where that is n/a, and is empty before.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

type=projects/p/zones/europe-west1-b/machineTypes/c2-standard-4
task typed "{\"status\": \"success\", \"executer\": {\"vm_type\": \"$type\"}}"
task bare '{"status": "success", "executer": {"vm_type": "n2-highcpu-8"}}'
task named '{"status": "success", "executer": {"vm_type": "n/a", "vm_name": "my-workstation"}}'
task queued '{"status": "submitted", "executer": null}'
emulator
mount

expect "$(<"$mnt/typed/machine_type")" c2-standard-4 "machine type"
expect "$(<"$mnt/bare/machine_type")" n2-highcpu-8 "machine type without a path"
expect "$(<"$mnt/named/machine_type")" my-workstation "machine type of a vm_name"
expect "$(wc -c <"$mnt/queued/machine_type")" 0 "bytes of an unknown machine type"
