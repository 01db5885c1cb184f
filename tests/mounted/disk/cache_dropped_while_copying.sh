#!/bin/bash
# While a mount and downloads read and fill one cache, taskfs-cache lists it, drops all of it and
# checks it, again and again: every copy is right, nothing is ever found damaged, and the mount does
# not complain.
# tags: concurrent
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/cache.sh"

python "$archives/writers.py" sample "$work/in"
for id in one two; do
    task $id
    python "$archives/writers.py" 7zz "$root/$id/output.zip" "$work/in"
done
emulator
end=$((SECONDS + 6))

look_after() {
    while [[ ! -e $work/ended ]]; do
        "${prefix[@]}" "$TASKFS_CACHE" "$work/cache" >/dev/null
        "${prefix[@]}" "$TASKFS_CACHE" --verify "$work/cache" >"$work/verified" || return 1
        "${prefix[@]}" "$TASKFS_CACHE" --drop-all "$work/cache" >/dev/null
        "${prefix[@]}" "$TASKFS_CACHE" --verify "$work/cache" >"$work/verified" || return 1
        "${prefix[@]}" "$TASKFS_CACHE" --drop two "$work/cache" >/dev/null 2>&1 || true
    done
}
# Other programs that fill it, one after the other.
download_again() {
    export INDUCTIVA_API_URL=$api_url
    while [[ ! -e $work/ended ]]; do
        rm -rf "$work/taken"
        "${prefix[@]}" "$TASKFS_DOWNLOAD" -q --cache-dir "$work/cache" -o "$work/taken" -t one -t two >/dev/null
        diff -r "$work/in" "$work/taken/two/outputs"
    done
}

mount -o "cache_dir=$work/cache"
look_after &
keeper=$!
download_again &
downloader=$!
rounds=0
while ((SECONDS < end || rounds < 3)); do
    is_running "$keeper" || break
    diff -r "$work/in" "$mnt/one/outputs"
    diff -r "$work/in" "$mnt/two/outputs"
    unmount
    mount -o "cache_dir=$work/cache"
    rounds=$((rounds + 1))
done
touch "$work/ended"
wait "$downloader" || fail "a download has failed"
wait "$keeper" || fail "taskfs-cache has failed: $(<"$work/verified")"
unmount
