#!/bin/bash
# A download fetches each byte of an archive once, in large ranges, with some room for slow disks.
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

# What a lane that waits for the disk has had fetched can be evicted meanwhile: 10 % are allowed.
fetched_once() { # ID
    local size fetched
    size=$(stat -c %s "$root/$1/output.zip")
    fetched=$(bytes_fetched)
    echo "$fetched bytes of $size in $(requests kind=object) requests"
    ((fetched >= size && fetched <= size + size / 10)) || fail "$fetched bytes fetched of archives of $size"
    expect_requests "2-$((size / (1 << 20) + 10))" kind=object
}

for id in one two; do
    (mkdir "$id" && cd "$id" && unzip -q "$root/$id/output.zip")
    mark
    download -o w $id
    expect "$code $err" "0 " "exit status and stderr of '$id'"
    diff -r "$id/artifacts" "w/$id/outputs"
    expect_requests 1 kind=task
    expect_requests 1 kind=signed-url
    fetched_once $id
done
