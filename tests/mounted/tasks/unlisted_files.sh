#!/bin/bash
# output.zip, input.zip and .taskfs are there by name, and in no listing.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
cp "$root/one/output.zip" "$root/one/input.zip"
emulator
mount

expect "$(find "$mnt" -name '*.zip' | wc -l)" 0 "listed archives"
expect "$(find "$mnt" -name '.taskfs' | wc -l)" 0 "listed .taskfs"
cmp "$mnt/one/output.zip" "$root/one/output.zip"
cmp "$mnt/one/input.zip" "$root/one/input.zip"
for name in stats log config; do
    [[ -f $mnt/.taskfs/$name ]] || fail "no .taskfs/$name"
    cat "$mnt/.taskfs/$name" >"$work/$name"
done
if grep -rF "$key" "$work/stats" "$work/log" "$work/config"; then fail "the key is shown"; fi
