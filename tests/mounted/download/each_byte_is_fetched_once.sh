#!/bin/bash
# A download fetches each byte of an archive once, in large ranges, whatever is in it.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

mkdir -p "$root/one" "$root/two"
python - "$root/one/output.zip" "$root/two/output.zip" <<'END'
import random
import sys
import zipfile
random.seed(2)
noise = random.randbytes(1 << 20)
def some(size):
    start = random.randrange(1 << 19)
    return (noise[start:] + noise) * (size // len(noise) + 1)
def write(out, name, size, method):
    out.writestr(f"artifacts/{name}", some(size)[:size], method, 1)
with zipfile.ZipFile(sys.argv[1], "w") as out:
    for n in range(4):
        write(out, f"large{n}", 20 << 20, (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)[n % 2])
        for m in range(400):
            write(out, f"small{n}/{m}", 1000 + m * 30, (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)[m % 2])
        for m in range(10):
            write(out, f"middle{n}/{m}", 300000 * m + 1, zipfile.ZIP_DEFLATED)
with zipfile.ZipFile(sys.argv[2], "w") as out:
    for n in range(5):
        write(out, f"{n}", 3 << 20, zipfile.ZIP_STORED)
END
task one
task two
service
cd "$work"

download -o w -t one -t two
expect "$code $err" "0 " "exit status and stderr"
for id in one two; do
    (mkdir "$id" && cd "$id" && unzip -q "$root/$id/output.zip")
    diff -r "$id/artifacts" "w/$id/outputs"
done
size=$(($(stat -c %s "$root/one/output.zip") + $(stat -c %s "$root/two/output.zip")))
fetched=$(bytes_fetched)
((fetched >= size && fetched <= size + size / 50 + (1 << 20))) || fail "$fetched bytes fetched of archives of $size"
expect_requests 2 kind=task
expect_requests 2 kind=signed-url
expect_requests "2-$((size / (2 << 20) + 10))" kind=object
echo "$fetched bytes of $size in $(requests kind=object) requests"
