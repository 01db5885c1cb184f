#!/bin/bash
# Copies, listings, kills and random reads in parallel, in a small cache, are all right.
# tags: concurrent
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/writers.py" sample "$work/in"
for writer in 7zz stored stream_zip; do
    id=${writer//_/}
    task "$id"
    python "$archives/writers.py" "$writer" "$root/$id/output.zip" "$work/in"
done
for n in $(seq 1 20); do
    task "live$n" '{"status": "computation-started", "emulator": {"kill_seconds": 0.2}}'
done
emulator
mount -o cache_size=4M,ttl=0.1

jobs=()
for id in 7zz stored streamzip; do
    for _ in 1 2; do
        diff -r "$work/in" "$mnt/$id/outputs" &
        jobs+=($!)
    done
    cmp "$root/$id/output.zip" "$mnt/$id/output.zip" &
    jobs+=($!)
done
for n in $(seq 1 20); do
    (
        cat "$mnt/live$n/status" "$mnt/live$n/info" >/dev/null
        echo 'kill 20' >"$mnt/live$n/ctl"
        [[ $(<"$mnt/live$n/status") == killed ]]
    ) &
    jobs+=($!)
done
(
    for _ in $(seq 1 20); do
        ls -lR "$mnt" >/dev/null
        cat "$mnt/.taskfs/stats" >/dev/null
    done
) &
jobs+=($!)
python - "$work/in/fields/U final.vtk" "$mnt/7zz/outputs/fields/U final.vtk" <<'PY' &
import os, random, sys
good, ours = (os.open(path, os.O_RDONLY) for path in sys.argv[1:])
size = os.fstat(good).st_size
assert os.fstat(ours).st_size == size
chance = random.Random(7)
for _ in range(300):
    at, n = chance.randrange(size), chance.randrange(1, 70000)
    assert os.pread(ours, n, at) == os.pread(good, n, at), (at, n)
PY
jobs+=($!)
for job in "${jobs[@]}"; do
    wait "$job" || fail "one of the parallel users failed"
done
