#!/bin/bash
# Small files that were decoded ahead are in the page cache before they are opened: the kernel asks
# for one here and there, which tells how far the reader is.
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

pushed() {
    sed -n 's/^taskfs_pushed_files_total //p' "$mnt/.taskfs/stats"
}

ls -l "$mnt/one/outputs" >/dev/null
expect "$(pushed)" 0 "files pushed by a listing"
for n in 000 001 002; do
    cmp "$work/in/$n.txt" "$mnt/one/outputs/$n.txt"
done
eventually 10 is_at_rest || fail "decoding does not end"
some_are_pushed() { (($(pushed) > 0)); }
eventually 10 some_are_pushed || fail "nothing is pushed"
(($(pushed) <= 16)) || fail "$(pushed) files are pushed after three were read"
before=$(reads)
for n in $(seq -f %03g 3 80); do
    cmp "$work/in/$n.txt" "$mnt/one/outputs/$n.txt"
done
count=$(($(reads) - before))
((count <= 20)) || fail "$count READs of 78 files that were decoded"
((before > 0)) || fail "no READ was ever seen in the log"

# One reader of one file, somewhere, causes nothing.
before=$(pushed)
cmp "$work/in/099.txt" "$mnt/one/outputs/099.txt"
eventually 10 is_at_rest || fail "decoding does not end"
expect "$(pushed)" "$before" "files pushed after one was read"
