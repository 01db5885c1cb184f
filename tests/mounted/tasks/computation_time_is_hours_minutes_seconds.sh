#!/bin/bash
# computation_time is HH:MM:SS, grows past 99 hours, and is empty before the computation.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for pair in zero:0 short:192.7 hour:3599.99 long:360000 verylong:4000000; do
    task "${pair%:*}" "{\"status\": \"success\", \"metrics\": {\"computation_seconds\": ${pair#*:}}}"
done
task queued '{"status": "submitted"}'
emulator
mount

expect "$(<"$mnt/short/computation_time")" 00:03:12 "192 s"
expect "$(<"$mnt/hour/computation_time")" 00:59:59 "3599.99 s"
expect "$(<"$mnt/long/computation_time")" 100:00:00 "360000 s"
expect "$(<"$mnt/verylong/computation_time")" 1111:06:40 "4000000 s"
expect "$(<"$mnt/zero/computation_time")" 00:00:00 "0 s"
expect "$(wc -c <"$mnt/queued/computation_time")" 0 "bytes of an unknown computation time"
