#!/bin/bash
# A service that refuses, stalls, or answers nonsense: one line, status 1, within 5 s.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/refusal.sh"
task one
emulator
url="api_url=$api_url"

fault '{"action": "stall_headers"}'
expect_refusal 1 "'$api_url'.*time-?out" -o "$url" "$mnt"
clear_faults
fault '{"action": "not_json", "body": "<html>welcome to the hotel network</html>"}'
expect_refusal 1 "'$api_url' does not answer as the service does: .*not JSON" -o "$url" "$mnt"
clear_faults
fault '{"action": "status", "code": 503}'
expect_refusal 1 '503|unavailable' -o "$url" "$mnt"
clear_faults
expect_refusal 1 'resolve|host|reach|connect' -o api_url=http://no-such-host.invalid "$mnt"
stop_emulator
expect_refusal 1 'connect|reach|refused' -o "$url" "$mnt"
