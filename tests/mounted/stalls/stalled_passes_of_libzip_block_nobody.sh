#!/bin/bash
# With two bzip2 members of each of ten archives stalled, those of another archive are read.
# tags: concurrent alone
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python -c "import crafted_members as c, sys; sys.exit(not c.libzip_reads(c.BZIP2))" ||
    skip "this libzip reads no bzip2"
mkdir -p "$work/pack/artifacts"
for name in a b; do
    head -c 1500000 /dev/urandom | base64 >"$work/pack/artifacts/$name" # what can be packed
done
cd "$work/pack"
7zz a -tzip -mm=BZip2 -bd "$work/made.zip" artifacts >/dev/null
cd /
stuck=()
for n in $(seq 1 10); do
    stuck+=("stuck-$n")
done
for id in fine "${stuck[@]}"; do
    task "$id"
    cp "$work/made.zip" "$root/$id/output.zip"
done
emulator
mount
noise_allowed=yes # on a slow machine they may be stalled for as long as they have
ls -lR "$mnt"/*/outputs >/dev/null

# The members' headers come, so that libzip's passes have begun.
fault '{"match": {"kind": "object", "path_prefix": "/storage/stuck"}, "action": "stall", "after": 70000}'
pids=()
for id in "${stuck[@]}"; do
    for name in a b; do
        cat "$mnt/$id/outputs/$name" >/dev/null 2>&1 &
        pids+=($!)
    done
done
has_stalled() {
    (($(waiting_requests) >= 20))
}
eventually 8 has_stalled || fail "only $(waiting_requests) reads have stalled"
before=$(now_ms)
within 4000 cmp "$work/pack/artifacts/a" "$mnt/fine/outputs/a"
within 4000 cmp "$work/pack/artifacts/b" "$mnt/fine/outputs/b"
echo "$(($(now_ms) - before)) ms"
kill -TERM "${pids[@]}"
for pid in "${pids[@]}"; do
    reap "$pid" 5
    [[ $status != timeout ]] || fail "a stalled reader could not be ended"
done
