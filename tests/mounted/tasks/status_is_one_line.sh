#!/bin/bash
# status is the service code and a newline, for known and for new codes.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for code in pending-input submitted started computation-started computation-ended pending-kill \
    success failed killed executer-failed executer-terminated zombie; do
    task "t${code//-/}" "{\"status\": \"$code\"}"
done
task tnovel '{"status": "quantum-superposed", "is_terminated": false}'
emulator
mount

for code in pending-input submitted started computation-started computation-ended pending-kill \
    success failed killed executer-failed executer-terminated zombie; do
    expect "$(od -c <"$mnt/t${code//-/}/status")" "$(echo "$code" | od -c)" "status"
done
expect "$(<"$mnt/tnovel/status")" quantum-superposed "an unknown status"
