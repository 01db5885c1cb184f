#!/bin/bash
# 429, 500, 502, 503 and 504 are retried, at most 5 times; 400 is not.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for code in 429 500 502 503 504; do
    archive "t$code" artifacts/a.txt text
done
task live '{"status": "computation-started"}'
emulator
mount -o ttl=0.1

for code in 429 500 502 503 504; do
    fault "{\"match\": {\"task\": \"t$code\"}, \"action\": \"status\", \"code\": $code, \"count\": 2}"
    expect "$(<"$mnt/t$code/outputs/a.txt")" text "an output after two answers of $code"
    expect "$(fault_hits)" 2 "answers of $code"
    clear_faults
done

# fails_times N [CODE]: the task is answered with the code so often.
fails_times() {
    clear_faults
    fault '{"match": {"kind": "task"}, "action": "status", "code": '"${2:-503}"', "retry_after": "0", "count": '"$1"'}'
    sleep 0.15 # what is known of the task is older than ttl then
    mark
}
fails_times 5
expect_errno ok read "$mnt/live/info"
expect_requests 6 task=live
noise_allowed=yes
fails_times 6
expect_errno EIO read "$mnt/live/info"
expect_requests 6 task=live
fails_times 100
expect_errno EIO read "$mnt/nosuch/status"
expect_requests 6 task=nosuch
fails_times 1 400
expect_errno EIO read "$mnt/live/info"
expect_requests 1 task=live
