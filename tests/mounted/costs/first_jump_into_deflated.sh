#!/bin/bash
# A first jump into a deflated member costs what reading up to there does, however little is read.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

# 24 MB, of which 20 MB stay when packed.
task one
python - "$root/one/output.zip" <<'PY'
import random, sys, zipfile
random.seed(1)
table = bytes(30 + int((x / 256) ** 3 * 200) for x in range(256))
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("slow.bin", random.randbytes(24_000_000).translate(table))
PY
emulator
file=$mnt/one/outputs/slow.bin

pread() { # OFFSET SIZE: in one system call; prints a digest
    python -c 'import hashlib, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
print(hashlib.sha256(os.pread(fd, int(sys.argv[3]), int(sys.argv[2]))).hexdigest())' "$file" "$@"
}

right() { # OFFSET SIZE: the digest of the same bytes out of the archive
    unzip -p "$root/one/output.zip" slow.bin | tail -c +$(($1 + 1)) | head -c "$2" | sha256sum | cut -d' ' -f1
}

for size in 4096 8192 16384; do
    mount
    ls "$mnt/one/outputs" >/dev/null
    mark
    expect "$(pread 18000000 $size)" "$(right 18000000 $size)" "$size bytes at 18 MB"
    expect_requests 3-14 kind=object
    # It was passed: now the same is cheap.
    mark
    expect "$(pread 9000000 4096)" "$(right 9000000 4096)" "4096 bytes at 9 MB"
    expect_requests 0-1 kind=object
    unmount
done

mount
ls "$mnt/one/outputs" >/dev/null
mark
expect "$(tail -c 100000 "$file" | sha256sum | cut -d' ' -f1)" "$(right 23900000 100000)" "the end"
expect_requests 3-16 kind=object
