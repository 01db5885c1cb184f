#!/bin/bash
# Reading the members of an archive from its end to its beginning takes ranges of megabytes.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

# 2,500 members of 26 KB that do not get smaller; the directory names the last one first.
task one
python - "$root/one/output.zip" "$work/in" <<'PYTHON'
import os
import random
import sys
import zipfile

archive, folder = sys.argv[1:]
chance = random.Random(1)
os.mkdir(folder)
with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
    for i in range(2500):
        data = chance.randbytes(26_000)
        file.writestr(f"artifacts/{i:04d}.dat", data)
        with open(f"{folder}/{i:04d}.dat", "wb") as copy:
            copy.write(data)
    file.filelist.reverse()
PYTHON
emulator

# In the order that the tree gives.
mount
mark
cp -r "$mnt/one/outputs" "$work/out"
diff -r "$work/in" "$work/out"
expect_requests 10-30 kind=object
unmount

# From the last member in the archive to the first, whatever that order is.
mount
mark
printf '%04d.dat\n' {2499..0} >"$work/names"
(cd "$mnt/one/outputs" && xargs cat <"$work/names") >"$work/backward"
(cd "$work/in" && xargs cat <"$work/names") | cmp - "$work/backward"
expect_requests 10-30 kind=object
unmount
