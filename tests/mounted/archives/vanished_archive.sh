#!/bin/bash
# An archive that is deleted while it is read: ESTALE for what is open, then there is none; a new
# one is seen when it comes, without a refresh.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

pack() { # LETTER: 24 MiB of it, stored
    head -c $((24 << 20)) /dev/zero | tr '\0' "$1" >"$work/in/big.bin"
    python "$archives/writers.py" stored "$root/one/output.zip.new" "$work/in"
    mv "$root/one/output.zip.new" "$root/one/output.zip"
}
mkdir "$work/in"
task one
pack A
emulator
mount -o cache_size=8M
noise_allowed=yes

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

seq 1 1000 >"$work/in/new.txt"
pack B
is_new() {
    [[ $(errno_of read "$mnt/one/outputs/new.txt") == ok ]]
}
eventually 5 is_new || fail "the new archive is not seen: $(ls "$mnt/one/outputs")"
diff -r "$work/in" "$mnt/one/outputs"
mark
cat "$mnt/one/outputs/new.txt" >/dev/null
ls -l "$mnt/one/outputs" >/dev/null
expect_requests 0
