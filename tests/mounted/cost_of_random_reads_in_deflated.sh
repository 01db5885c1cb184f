#!/bin/bash
# 4 KiB in a deflated member that has been passed once is at most one range of 1 MiB.
. "$(dirname "$0")/lib/lib.sh"

mkdir "$work/in"
seq 1 12000000 >"$work/in/big.txt"
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
emulator
mount -o cache_size=16M
cmp "$work/in/big.txt" "$mnt/one/outputs/big.txt"

for offset in 30000000 7777777 20000001 1000; do
    mark
    python - "$mnt/one/outputs/big.txt" "$work/in/big.txt" $offset <<'PY'
import os, sys
ours, theirs, offset = sys.argv[1], sys.argv[2], int(sys.argv[3])
fd = os.open(ours, os.O_RDONLY)
os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
good = os.open(theirs, os.O_RDONLY)
assert os.pread(fd, 4096, offset) == os.pread(good, 4096, offset), "other bytes"
PY
    expect_requests 1
    bytes=$(requests_max bytes kind=object)
    ((bytes <= 1 << 20)) || fail "a range of $bytes bytes for 4 KiB"
done
