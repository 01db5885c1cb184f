#!/bin/bash
# An archive of 50,000 members is listed whole, and fast.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one
python - "$root/one/output.zip" <<'PY'
import sys
from builder import STORED, Member, archive
open(sys.argv[1], "wb").write(archive(
    [Member(f"artifacts/{i // 1000:02d}/{i:05d}.txt", b"%05d\n" % i, STORED) for i in range(50000)]))
PY
emulator
mount

expect "$(find "$mnt/one/outputs" -type f | wc -l)" 50000 "files"
within 8000 ls -lR "$mnt/one/outputs" >/dev/null
expect "$(<"$mnt/one/outputs/49/49999.txt")" 49999 "the last"
expect "$(<"$mnt/one/outputs/00/00000.txt")" 00000 "the first"
