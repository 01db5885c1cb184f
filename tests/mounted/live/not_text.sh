#!/bin/bash
# What is no text in UTF-8 cannot be read, with an error; a text is read wherever the machine cuts
# it.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"
noise_allowed=yes

machine one
head -c 5000000 /dev/urandom >"$work/one/mesh.bin"
# Each line is of characters of three bytes, so most cuts are within one.
python - >"$work/one/wide.txt" <<'END'
import sys
for i in range(60000):
    sys.stdout.buffer.write(("\u6f22" * (i % 23) + str(i) + "\n").encode())
END
printf 'latin \xe9\n' >"$work/one/latin.txt"
emulator
start_machines one
mount -o "live_program=$fake"
live=$mnt/one/live

for name in mesh.bin latin.txt; do
    expect_errno EILSEQ read "$live/$name"
    expect "$(stat -c %s "$live/$name")" 4096 "size of what cannot be read"
    ! cp "$live/$name" "$work/copy" 2>"$work/said" || fail "cp of $name succeeded"
    ! tar -cf "$work/tar" -C "$live" "$name" 2>"$work/said" || fail "tar of $name succeeded"
done
cmp "$live/wide.txt" <(head -c -1 "$work/one/wide.txt")
# So that no large file without lines is read as a whole, more is asked for of a text alone.
expect "$(live_log one 'mesh.bin", "lines": [0-9]{6}')" 0 "requests for more of a file that is no text"
grep -q "cannot read 'mesh.bin' on the machine of task 'one': it is not a text" "$work/taskfs.stderr" ||
    fail "the log does not say it"
