#!/bin/bash
# cp -r and cat of a large member fetch no byte twice, and none but the archive's, in a small cache
# too.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
python - "$work/in" <<'PY'
import os, random, sys
chance = random.Random(4)
for i in range(1500):
    n = 20_000_000 if i == 700 else 1_500_000 if i % 100 == 50 else chance.randrange(1, 20000)
    with open(os.path.join(sys.argv[1], f"{i:04d}.dat"), "wb") as file:
        file.write(chance.randbytes(n // 2).hex().encode())
PY
task one
python "$archives/writers.py" zipfile "$root/one/output.zip" "$work/in"
size=$(stat -c %s "$root/one/output.zip")
emulator

# no_byte_twice WHAT: of the ranges that were asked for since the mark; prints how many bytes.
no_byte_twice() {
    settle
    python - "$request_log" "$marked_line" "$1" <<'PY'
import json, sys
ranges = []
for line in open(sys.argv[1]).read().splitlines()[int(sys.argv[2]):]:
    request = json.loads(line)
    if request["kind"] == "object":
        first, last = request["range"].removeprefix("bytes=").split("-")
        ranges.append((int(first), int(last)))
ranges.sort()
for (_, last), (first, end) in zip(ranges, ranges[1:]):
    if first <= last:
        sys.exit(f"{sys.argv[3]}: {first}-{end} was fetched again, after ...-{last}")
print(sum(last + 1 - first for first, last in ranges))
PY
}

for cache_size in 16M 256M; do
    mount -o cache_size=$cache_size
    ls "$mnt/one/outputs" >/dev/null
    mark
    cp -r "$mnt/one/outputs" "$work/copy"
    diff -r "$work/in" "$work/copy"
    rm -r "$work/copy"
    bytes=$(no_byte_twice "cp -r with $cache_size")
    ((bytes <= size && bytes >= size * 9 / 10)) || fail "cp -r with $cache_size: $bytes bytes fetched of an archive of $size"
    unmount

    mount -o cache_size=$cache_size
    ls "$mnt/one/outputs" >/dev/null
    mark
    cmp "$mnt/one/outputs/0700.dat" "$work/in/0700.dat"
    bytes=$(no_byte_twice "cat with $cache_size")
    # Half of a byte of hexadecimal digits is noise.
    ((bytes <= size && bytes >= 10000000)) || fail "cat with $cache_size: $bytes bytes fetched of an archive of $size"
    unmount
done
