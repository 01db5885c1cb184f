#!/bin/bash
# computation_time of a task that computes is right when this machine's clock differs from the
# service's.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

# A task that has been computing for 100 s, by a clock that is so many seconds ahead.
start_by() { # SECONDS
    local started
    started=$(date -u -d "$(($1 - 100)) seconds" +%Y-%m-%dT%H:%M:%S.000000+00:00)
    task running "{\"status\": \"computation-started\", \"computation_start_time\": \"$started\"}"
    clear_faults
    fault "{\"action\": \"date\", \"seconds\": $1}"
}
seconds() {
    awk -F: '{ print $1 * 3600 + $2 * 60 + $3 }' "$mnt/running/computation_time"
}

emulator
for ahead in 7200 -7200 0; do
    start_by "$ahead"
    mount
    first=$(seconds)
    ((first >= 98 && first < 110)) || fail "$first seconds with a clock that is $ahead s ahead"
    has_ticked() {
        (($(seconds) >= first + 2))
    }
    eventually 6 has_ticked || fail "it does not tick: still $(seconds) s"
    unmount
done
