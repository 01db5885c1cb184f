#!/bin/bash
# cp -r of 2,000 small members takes ranges of megabytes, not one a member.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
python - "$work/in" <<'PY'
import os, random, sys
chance = random.Random(1)
for i in range(2000):
    folder = os.path.join(sys.argv[1], f"{i // 100:02d}")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"{i:05d}.bin"), "wb") as file:
        file.write(chance.randbytes(6000))
PY
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
emulator
mount

mark
cp -r "$mnt/one/outputs" "$work/copy"
diff -r "$work/in" "$work/copy"
size=$(stat -c %s "$root/one/output.zip")
# The directory, small ranges at first, then of up to 4 MiB.
expect_requests $((size / (4 << 20) + 1))-$((size / (1 << 20))) kind=object
# All is fetched, and nothing twice, but for a little.
bytes=$(jq -s 'map(select(.kind == "object") | .bytes) | add // 0' "$request_log")
((bytes >= 2000 * 6000 && bytes <= size + size / 5)) || fail "$bytes bytes fetched of an archive of $size"
