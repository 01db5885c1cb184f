#!/bin/bash
# 7zz with BZip2, LZMA, Deflate64, PPMd, ZipCrypto and AES: read, EOPNOTSUPP or EACCES.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir -p "$work/pack/artifacts"
seq 1 50000 >"$work/pack/artifacts/t"
cd "$work/pack"
for method in BZip2 LZMA Deflate64 PPMd; do
    task "${method,,}"
    7zz a -tzip -mm=$method -bd "$root/${method,,}/output.zip" artifacts >/dev/null
done
for method in ZipCrypto AES256; do
    task "${method,,}"
    7zz a -tzip -psecret -mem=$method -bd "$root/${method,,}/output.zip" artifacts >/dev/null
done
cd /
emulator
mount
noise_allowed=yes

for id in bzip2 lzma; do
    if python -c "import crafted_members as c, sys; sys.exit(not c.libzip_reads(c.${id^^}))"; then
        cmp "$work/pack/artifacts/t" "$mnt/$id/outputs/t"
    else
        expect_errno EOPNOTSUPP read "$mnt/$id/outputs/t"
    fi
done
expect_errno EOPNOTSUPP read "$mnt/deflate64/outputs/t"
expect_errno EOPNOTSUPP read "$mnt/ppmd/outputs/t"
expect_errno EACCES read "$mnt/zipcrypto/outputs/t"
expect_errno EACCES read "$mnt/aes256/outputs/t"
expect "$(stat -c %s "$mnt"/*/outputs/t | sort -u)" "$(stat -c %s "$work/pack/artifacts/t")" "sizes"
