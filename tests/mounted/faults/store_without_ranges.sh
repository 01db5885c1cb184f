#!/bin/bash
# A store that ignores Range: objects of up to 1 MiB are streamed, larger ones give EOPNOTSUPP.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive small artifacts/a.txt text artifacts/b.txt more
# noise ID BYTES: a task whose archive is a little larger.
noise() {
    mkdir "$work/$1"
    head -c "$2" /dev/urandom >"$work/$1/noise.bin"
    seq 1000 >"$work/$1/z.txt"
    task "$1"
    python "$archives/writers.py" stored "$root/$1/output.zip" "$work/$1"
}
noise medium 1000000
noise large 1100000
emulator
fault '{"match": {"kind": "object"}, "action": "ignore_range"}'
mount
noise_allowed=yes

expect "$(<"$mnt/small/outputs/a.txt")" text "an output of a small archive"
expect "$(<"$mnt/small/outputs/b.txt")" more "another"
# Its parts begin in the middle of what the store sends.
cmp "$work/medium/z.txt" "$mnt/medium/outputs/z.txt"
cmp "$work/medium/noise.bin" "$mnt/medium/outputs/noise.bin"
expect_errno EOPNOTSUPP list "$mnt/large/outputs"
grep -qi range "$mnt/.taskfs/log" || fail "the log does not say why"
