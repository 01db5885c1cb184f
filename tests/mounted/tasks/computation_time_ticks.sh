#!/bin/bash
# computation_time of a task that computes grows with the clock.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

started=$(date -u -d '-3700 seconds' +%Y-%m-%dT%H:%M:%S.000000+00:00)
task running "{\"status\": \"computation-started\", \"computation_start_time\": \"$started\"}"
emulator
mount

seconds() {
    awk -F: '{ print $1 * 3600 + $2 * 60 + $3 }' "$mnt/running/computation_time"
}
first=$(seconds)
((first >= 3700 && first < 3720)) || fail "$first seconds after 3700"
expect "$(wc -c <"$mnt/running/computation_time")" 9 "bytes"
has_ticked() {
    (($(seconds) >= first + 2))
}
eventually 6 has_ticked || fail "it does not tick: still $(seconds) s"
