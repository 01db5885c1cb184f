#!/bin/bash
# A mount point that is missing, a file, or not empty: one line, status 1.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/refusal.sh"
task one
emulator
url="api_url=$api_url"
touch "$work/file"
mkdir "$work/full"
touch "$work/full/something"

expect_refusal 1 "missing.*(no such|exist)" -o "$url" "$work/missing"
expect_refusal 1 "file.*director" -o "$url" "$work/file"
expect_refusal 1 "full.*empty" -o "$url" "$work/full"
expect "$(ls "$work/full")" something "what the full directory holds"
