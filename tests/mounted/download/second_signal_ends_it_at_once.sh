#!/bin/bash
# While a large file is compared, the first signal is taken in words, and the second ends it.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

mkdir -p "$root/one" "$work/w/one/outputs"
size=$((64 << 30))
# The CRC-32 is not right: nobody comes to the end.
python - "$root/one/output.zip" $size <<'END'
import sys
import zlib
from builder import Member, archive
size = int(sys.argv[2])
packer = zlib.compressobj(9, zlib.DEFLATED, -15)
raw = (packer.compress(bytes(16 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)) * (size >> 24) + packer.flush()
with open(sys.argv[1], "wb") as out:
    out.write(archive([Member("artifacts/zeros", raw=raw, size=size, compressed_size=len(raw), crc=0)]))
END
task one
truncate -s $size "$work/w/one/outputs/zeros" 2>/dev/null || skip "no files of $size bytes here"
service
cd "$work"

is_compared() { readlink "/proc/$begun/fd/"* 2>/dev/null | grep -q /w/one/outputs/zeros; }
begin_download -o w one
eventually 10 is_compared
kill -INT "$begun"
eventually 5 says err "interrupted: the same command continues from here"
is_compared || fail "the comparison has ended"
kill -INT "$begun"
eventually 2 has_ended
expect_end 130
