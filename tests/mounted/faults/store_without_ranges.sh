#!/bin/bash
# A store that ignores Range: small objects are streamed, large ones give EOPNOTSUPP.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive small artifacts/a.txt text artifacts/b.txt more
mkdir "$work/in"
head -c 3000000 /dev/urandom >"$work/in/noise.bin"
task large
python "$archives/writers.py" stored "$root/large/output.zip" "$work/in"
emulator
fault '{"match": {"kind": "object"}, "action": "ignore_range"}'
mount
noise_allowed=yes

expect "$(<"$mnt/small/outputs/a.txt")" text "an output of a small archive"
expect "$(<"$mnt/small/outputs/b.txt")" more "another"
expect_errno EOPNOTSUPP list "$mnt/large/outputs"
grep -qi range "$mnt/.taskfs/log" || fail "the log does not say why"
