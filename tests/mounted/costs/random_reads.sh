#!/bin/bash
# 4 KiB somewhere in a stored member is one range of at most 256 KiB.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c $((48 << 20)) /dev/urandom >"$work/in/big.bin"
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
emulator
mount
ls -lR "$mnt/one/outputs" >/dev/null

for offset in 30000000 7777777 45000001 20000000; do
    mark
    cmp <(dd if="$mnt/one/outputs/big.bin" bs=4096 count=1 iflag=skip_bytes skip=$offset status=none) \
        <(dd if="$work/in/big.bin" bs=4096 count=1 iflag=skip_bytes skip=$offset status=none)
    expect_requests 1
    bytes=$(requests_max bytes kind=object)
    ((bytes <= 256 * 1024)) || fail "a range of $bytes bytes for 4 KiB"
done
