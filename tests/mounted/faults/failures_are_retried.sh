#!/bin/bash
# 429, 500, 502, 503 and 504 are retried, at most 5 times.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for code in 429 500 502 503 504; do
    archive "t$code" artifacts/a.txt text
done
emulator
mount -o ttl=0.1

for code in 429 500 502 503 504; do
    fault "{\"match\": {\"task\": \"t$code\"}, \"action\": \"status\", \"code\": $code, \"count\": 2}"
    expect "$(<"$mnt/t$code/outputs/a.txt")" text "an output after two answers of $code"
    clear_faults
done
noise_allowed=yes
mark
fault '{"match": {"kind": "task"}, "action": "status", "code": 503, "retry_after": "0"}'
expect_match "$(errno_of read "$mnt/t429/info")" '^(EIO|ETIMEDOUT|ok)$' "info"
expect_match "$(errno_of read "$mnt/nosuch/status")" '^(EIO|ETIMEDOUT)$' "an unknown task"
expect_requests 6 task=nosuch
