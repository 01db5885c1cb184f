#!/bin/bash
# A task that was resubmitted, and an archive that was replaced, are noticed with a cache on disk as
# without, and what is kept of the earlier ones goes. What cannot be told from another version is
# not kept.
# row between: between two mounts
# row during: during a mount
# row untold: a store that gives no ETag, or a weak one
. "${TEST_LIB:?run me with tests/run}/lib.sh"

cache=$work/cache
for version in 1 2 3; do
    mkdir "$work/$version"
    # The same size, so that the ETag alone tells them apart; and so many blocks that all have some.
    head -c 6000000 /dev/urandom >"$work/$version/noise"
    echo "$version" >"$work/$version/small"
    python "$archives/writers.py" stored "$work/$version.zip" "$work/$version"
done
put() { # VERSION [JSON]: another archive, of a task that may have run again
    cp "$work/$1.zip" "$root/new.zip"
    mv "$root/new.zip" "$root/one/output.zip"
    [[ -z ${2:-} ]] || task one "$2"
}
same() { # VERSION
    diff -r "$work/$1" "$mnt/one/outputs"
}
versions() { # how many versions of the object are kept
    find "$cache/v1" -mindepth 4 -maxdepth 4 -type d | wc -l
}
kept_bytes() {
    find "$cache/v1" -name '*.????????' -printf '%b\n' | awk '{sum += $1 * 512} END {print sum + 0}'
}
task one '{"status": "success", "computation_end_time": "2026-01-01T10:00:00+00:00"}'
put 1
emulator
noise_allowed=yes # a version that is gone is said

case $1 in
between)
    mount -o "cache_dir=$cache"
    same 1
    unmount
    expect "$(versions)" 1 "versions that are kept"
    # It ran again, and has an archive of the same size.
    put 2 '{"status": "success", "computation_end_time": "2026-01-01T11:00:00+00:00"}'
    mount -o "cache_dir=$cache"
    same 2
    unmount
    expect "$(versions)" 1 "versions that are kept"
    # The same run, and another archive: this mount has what is on disk, unless it is told to look.
    put 3
    mount -o "cache_dir=$cache"
    expect "$(ctl one refresh)" ok "refresh"
    same 3
    unmount
    expect "$(versions)" 1 "versions that are kept"
    # The part that is on disk and the part that is not are never mixed.
    rm -rf "$cache"
    mount -o "cache_dir=$cache,cache_size=16M"
    head -c 1000000 "$mnt/one/outputs/noise" | cmp -n 1000000 - "$work/3/noise"
    unmount
    put 1
    mount -o "cache_dir=$cache"
    cat "$mnt/one/outputs/noise" >"$work/got" 2>/dev/null || true
    [[ ! -s $work/got ]] || cmp -n "$(stat -c %s "$work/got")" "$work/got" "$work/3/noise" ||
        cmp "$work/got" "$work/1/noise"
    eventually 15 same 1 2>/dev/null
    unmount
    expect "$(versions)" 1 "versions that are kept"
    # It runs again: nothing of the earlier run is shown, nor kept of this one.
    task one '{"status": "computation-started"}'
    mount -o "cache_dir=$cache"
    expect "$(cat "$mnt/one/status")" computation-started "status"
    put 2
    same 2
    unmount
    put 3 '{"status": "success", "computation_end_time": "2026-01-01T12:00:00+00:00"}'
    mount -o "cache_dir=$cache"
    same 3
    unmount
    mount -o "cache_dir=$cache"
    same 3
    unmount
    expect "$(versions)" 1 "versions that are kept"
    ;;
during)
    mount -o "cache_dir=$cache"
    same 1
    put 2
    expect "$(ctl one refresh)" ok "refresh"
    same 2
    put 3 '{"status": "success", "computation_end_time": "2026-01-01T11:00:00+00:00"}'
    expect "$(ctl one refresh)" ok "refresh"
    same 3
    # Back and forth, with a second reader at work.
    for version in 1 2 3 1 2; do
        put $version
        cat "$mnt/one/outputs/noise" >/dev/null 2>&1 &
        reader=$!
        ctl one refresh >/dev/null
        eventually 15 same $version 2>/dev/null
        wait "$reader" || true
    done
    unmount
    expect "$(versions)" 1 "versions that are kept"
    mark
    mount -o "cache_dir=$cache"
    same 2
    unmount
    expect_requests 0 kind=object
    ;;
untold)
    for rule in '{"action": "no_etag"}' '{"action": "etag", "value": "W/\"weak\""}'; do
        rm -rf "$cache"
        fault "[{\"match\": {\"kind\": \"object\"}, ${rule#\{}]"
        put 1
        mount -o "cache_dir=$cache"
        same 1
        unmount
        expect "$(kept_bytes)" 0 "bytes that are kept"
        put 2
        mount -o "cache_dir=$cache"
        same 2
        unmount
        # What was kept before must not come back.
        clear_faults
        put 1 '{"status": "success", "computation_end_time": "2026-01-01T13:00:00+00:00"}'
        mount -o "cache_dir=$cache"
        same 1
        unmount
        fault "[{\"match\": {\"kind\": \"object\"}, ${rule#\{}]"
        put 2 '{"status": "success", "computation_end_time": "2026-01-01T14:00:00+00:00"}'
        mount -o "cache_dir=$cache"
        same 2
        cat "$mnt/one/info" >/dev/null
        unmount
        mount -o "cache_dir=$cache,offline"
        if [[ -e $mnt/one ]] && diff -r "$work/1" "$mnt/one/outputs" >/dev/null 2>&1; then
            fail "offline, the outputs of the earlier run are shown as those of the later"
        fi
        unmount
        clear_faults
        put 1 '{"status": "success", "computation_end_time": "2026-01-01T10:00:00+00:00"}'
    done
    ;;
esac
