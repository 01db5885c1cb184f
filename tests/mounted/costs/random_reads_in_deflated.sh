#!/bin/bash
# 4 KiB in a deflated member that has been passed once is at most one range, of at most 256 KiB
# where the data compresses 4 to 1.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
seq 1 12000000 >"$work/in/big.txt"
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
emulator
mount -o cache_size=24M
cmp "$work/in/big.txt" "$mnt/one/outputs/big.txt"

(($(stat -c %s "$root/one/output.zip") * 4 <= $(stat -c %s "$work/in/big.txt"))) ||
    fail "the data does not compress 4 to 1"

mark
python - "$mnt/one/outputs/big.txt" "$work/in/big.txt" <<'PY'
import os, random, sys
ours, theirs = os.open(sys.argv[1], os.O_RDONLY), os.open(sys.argv[2], os.O_RDONLY)
size = os.fstat(theirs).st_size
chance = random.Random(5)
for offset in [1000, size - 4096] + [chance.randrange(size - 4096) for _ in range(58)]:
    os.posix_fadvise(ours, 0, 0, os.POSIX_FADV_DONTNEED)
    os.posix_fadvise(ours, 0, 0, os.POSIX_FADV_RANDOM)
    assert os.pread(ours, 4096, offset) == os.pread(theirs, 4096, offset), f"other bytes at {offset}"
PY
# Some lie in what the cache still has.
expect_requests 20-60
bytes=$(requests_max bytes kind=object)
((bytes <= 256 << 10)) || fail "a range of $bytes bytes for 4 KiB"
