#!/bin/bash
# Unmounting, or SIGTERM in the middle of a copy, ends what is decoded ahead at once.
# tags: concurrent
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
python - "$work/in" <<'PY'
import os, random, sys
chance = random.Random(8)
for i in range(400):
    n = 5_000_000 if i % 40 == 20 else chance.randrange(1, 20000)
    with open(os.path.join(sys.argv[1], f"{i:03d}.txt"), "wb") as file:
        file.write(chance.randbytes(min(n, 100000)).hex().encode() * (n // 100000 + 1))
PY
task one
python "$archives/writers.py" zipfile "$root/one/output.zip" "$work/in"
emulator

has_some() {
    (($(find "$work/copy" -type f 2>/dev/null | wc -l) >= $1))
}

# Readers have ended; what was begun ahead of them has not.
for count in 5 21 25 60; do
    mount
    for name in $(ls "$mnt/one/outputs" | head -n "$count"); do
        cmp "$mnt/one/outputs/$name" "$work/in/$name"
    done
    before=$(now_ms)
    unmount
    took=$(($(now_ms) - before))
    ((took < 5000 * slower)) || fail "the unmount took $took ms"
done

# The same where it waits for bytes that do not come.
fault '{"match": {"kind": "object"}, "action": "stall", "after": 300000}'
has_stalled() {
    (($(waiting_requests) >= 1))
}
for how in unmount sigterm; do
    mount
    for name in $(ls "$mnt/one/outputs" | head -n 18); do
        cmp "$mnt/one/outputs/$name" "$work/in/$name"
    done
    eventually $((5 * slower)) has_stalled || fail "nothing is being fetched"
    before=$(now_ms)
    if [[ $how == unmount ]]; then
        unmount
    else
        kill -TERM "$taskfs_pid"
        end_of_daemon
    fi
    took=$(($(now_ms) - before))
    ((took < 5000 * slower)) || fail "$how took $took ms"
done
clear_faults

noise_allowed=yes # of reads that are under way
for count in 3 10 30 100; do
    mount
    cp -r "$mnt/one/outputs" "$work/copy" 2>/dev/null &
    copier=$!
    eventually $((10 * slower)) has_some $count || fail "nothing is copied"
    before=$(now_ms)
    kill -TERM "$taskfs_pid"
    end_of_daemon
    took=$(($(now_ms) - before))
    ((took < 5000 * slower)) || fail "it took $took ms"
    if is_mounted; then fail "still mounted"; fi
    reap "$copier" 5
    [[ $status != timeout ]] || fail "cp is still stuck"
    rm -r "$work/copy"
done
