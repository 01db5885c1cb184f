#!/bin/bash
# Without -f a failure is the parent's: one line, not 0, within 5 s.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/refusal.sh"
emulator --key another-key
expect_refusal 1 'key' -o "api_url=$api_url" "$mnt"
stop_emulator
expect_refusal 1 "${api_url#http://}|connect|reach" -o "api_url=$api_url" "$mnt"
