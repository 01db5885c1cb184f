#!/bin/bash
# tags: concurrent alone
# Two mounts and a download read four times as much as one cache may keep, at the same time: it
# never takes more, at whatever moment one looks, and every byte is right.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

cache=$work/cache
ids=(a b c d)
for id in "${ids[@]}"; do
    mkdir "$work/$id"
    for n in {1..8}; do
        head -c 8000000 /dev/urandom >"$work/$id/noise$n"
    done
    python "$archives/writers.py" sample "$work/$id/sample"
    task "$id"
    python "$archives/writers.py" stored "$root/$id/output.zip" "$work/$id"
done
emulator
limit=$((64 * 1024 * 1024))

mount -o "cache_dir=$cache,disk_cache_size=64M"
mkdir "$work/second"
"${prefix[@]}" "$TASKFS" -f -o "api_url=$api_url,cache_dir=$cache,disk_cache_size=64M" "$work/second" \
    </dev/null >>"$work/second.said" 2>&1 &
second_pid=$!
undo() {
    local result=$?
    set +e
    trap - ERR
    fusermount3 -u "$work/second"
    wait "$second_pid" || result=1
    cat "$work/second.said"
    (exit "$result")
    finish
}
trap undo EXIT
eventually $((10 * slower)) mountpoint -q "$work/second"

reader() { # MOUNT ID...
    local mount=$1 id
    shift
    for id; do
        diff -r "$work/$id" "$mount/$id/outputs" || return 1
    done
}
downloader() {
    local id
    for id in "${ids[@]}"; do
        INDUCTIVA_API_URL=$api_url "${prefix[@]}" "$TASKFS_DOWNLOAD" -q --cache-dir "$cache" \
            --disk-cache-size 64M -o "$work/copies" "$id" >/dev/null || return 1
    done
}
reader "$mnt" a b c d a &
readers=($!)
reader "$work/second" d c b a d &
readers+=($!)
downloader &
readers+=($!)
most=0 looks=0
look() {
    local now
    now=$(du -s --block-size=1 "$cache" 2>/dev/null | cut -f 1) || true
    looks=$((looks + 1))
    ((${now:-0} <= most)) || most=$now
}
while is_running "${readers[0]}" || is_running "${readers[1]}" || is_running "${readers[2]}"; do
    look
    sleep 0.02
done
for reader in "${readers[@]}"; do
    wait "$reader" || fail "a reader failed"
done
look
for id in "${ids[@]}"; do
    diff -r "$work/$id" "$work/copies/$id/outputs"
done
echo "$most bytes at most, at $looks moments; $(sed -n 's/^taskfs_disk_evicted_bytes_total //p' "$mnt/.taskfs/stats") evicted by one mount"
((most > limit / 4)) || fail "hardly anything was kept"
((most <= limit)) || fail "$most bytes were kept, $limit are allowed"
