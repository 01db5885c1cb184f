#!/bin/bash
# Small files that were decoded ahead come with the answer to their opening: the kernel asks no
# READ.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
python - "$work/in" <<'PY'
import os, random, sys
chance = random.Random(6)
for i in range(100):
    with open(os.path.join(sys.argv[1], f"{i:03d}.txt"), "wb") as file:
        file.write(chance.randbytes(3000).hex().encode())
PY
task one
python "$archives/writers.py" zipfile "$root/one/output.zip" "$work/in"
emulator
noise_allowed=yes # each request is told of
mount -o debug=fuse

reads() {
    grep -c 'fuse: request [0-9]*: READ [0-9]' "$work/taskfs.stderr" || true
}

cache_bytes() {
    sed -n 's/^taskfs_cache_bytes //p' "$mnt/.taskfs/stats"
}

# All that is to be decoded ahead was: nothing has come into the cache for a while.
is_at_rest() {
    local n before
    before=$(cache_bytes)
    for n in 1 2 3 4 5; do
        [[ $(cache_bytes) == "$before" ]] || return 1
    done
}

for n in 000 001 002; do
    cmp "$work/in/$n.txt" "$mnt/one/outputs/$n.txt"
done
eventually 10 is_at_rest || fail "decoding does not end"
before=$(reads)
for n in $(seq -f %03g 3 80); do # of 6,000 bytes, so that the first window holds 85
    cmp "$work/in/$n.txt" "$mnt/one/outputs/$n.txt"
done
expect $(($(reads) - before)) 0 "READs of 78 files that were decoded"
((before > 0)) || fail "no READ was ever seen in the log"
