#!/bin/bash
# An archive that is deleted while it is read: ESTALE for what is open, then there is none; a new
# one is seen when it comes, without a refresh.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/versions.sh"
exec 5<"$mnt/one/outputs/big.bin"
expect "$(head -c 100 <&5 | tr -d A | wc -c)" 0 "other bytes at the beginning"
rm "$root/one/output.zip"
status=0
cat <&5 >/dev/null 2>"$work/cat" || status=$?
exec 5<&-
expect "$status" 1 "status of cat"
expect_match "$(<"$work/cat")" "Stale file handle" "what cat says"

expect_errno ENOENT open "$mnt/one/outputs/big.bin"
expect "$(ls -A "$mnt/one/outputs")" "" "the listing of no archive"
expect_errno ENOENT open "$mnt/one/output.zip"
expect "$(<"$mnt/one/status")" success "status"

pack_another
expect_another
mark
cat "$mnt/one/outputs/new.txt" >/dev/null
ls -l "$mnt/one/outputs" >/dev/null
expect_requests 0
