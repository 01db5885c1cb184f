#!/bin/bash
# The file system of the cache is full, or gets full, or cannot be written to: everything is read,
# one line says so, and what was there before is used.
# tags: plain
# row full: a small file system
# row readonly: one that cannot be written to
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$TEST_LIB/disk.sh"

[[ $(id -u) == 0 ]] || skip "needs root, to mount a file system for the cache"
make_tasks
emulator
noise_allowed=yes
half() { # what there is before
    rm -rf "$cache"
    mkdir -m 700 "$cache"
    mount -o "cache_dir=$cache"
    diff -r "$work/one" "$mnt/one/outputs"
    unmount
    rm -rf "$work/half"
    cp -a "$cache" "$work/half"
}
undo() {
    local result=$?
    set +e
    trap - ERR
    command umount -l "$cache" 2>/dev/null
    (exit "$result")
    finish
}
trap undo EXIT
complaints() {
    grep -c "cannot write in the disk cache" "$work/taskfs.stderr" || true
}

# expect_served COMPLAINTS: all can be read by a mount and a download, and it goes on from disk.
expect_served() {
    local complaints=$1 second
    : >"$work/taskfs.stderr"
    mount -o "cache_dir=$cache"
    compare
    from_disk=$(stat_of disk_read_bytes_total)
    expect "$(complaints)" "$complaints" "complaints"
    cat "$mnt/.taskfs/log" >"$work/log"
    unmount
    expect "$(wc -l <"$work/taskfs.stderr")" "$complaints" "lines on stderr"
    rm -rf "$work/copy"
    INDUCTIVA_API_URL=$api_url "${prefix[@]}" "$TASKFS_DOWNLOAD" -q --cache-dir "$cache" -o "$work/copy" two \
        2>"$work/download.stderr"
    diff -r "$work/two" "$work/copy/two/outputs"
    echo "$from_disk bytes from disk; $(sort -u "$work/taskfs.stderr")"
}

# expect_goes_on REASON: where no cache can be made, one line says so, and it goes on without.
expect_goes_on() {
    : >"$work/taskfs.stderr"
    mount -o "cache_dir=$cache"
    compare
    unmount
    expect "$(<"$work/taskfs.stderr")" \
        "taskfs: cannot use '$cache' as a disk cache: $1; going on without it" "what is said"
    code=0
    INDUCTIVA_API_URL=$api_url "${prefix[@]}" "$TASKFS_DOWNLOAD" -q --cache-dir "$cache" --cache-only two \
        2>"$work/download.stderr" || code=$?
    expect "$code" 1 "exit status of a download into the cache alone"
    grep -qF "cannot use '$cache' as a disk cache: $1" "$work/download.stderr" || fail "$(<"$work/download.stderr")"
}

half
case $1 in
full)
    # It never takes more than half of what was free, so it does not meet the end itself.
    command mount -t tmpfs -o size=6m,mode=700 none "$cache"
    cp -a "$work/half/." "$cache"
    expect_served 0
    ((from_disk > 3000000)) || fail "what was there was not used"
    # Others take all there is, and go on taking it.
    for n in {1..200}; do
        cat /dev/zero >"$cache/other$n" 2>/dev/null || true
        sleep 0.02
    done &
    eater=$!
    mount -o "cache_dir=$cache"
    compare
    (($(complaints) <= 1)) || fail "$(complaints) complaints"
    unmount
    kill "$eater"
    wait "$eater" || true
    # No file can be made any more.
    command umount "$cache"
    command mount -t tmpfs -o size=100m,mode=700,nr_inodes=30 none "$cache"
    cp -a "$work/half/." "$cache"
    for n in {1..30}; do : 2>/dev/null >"$cache/other$n" || break; done
    expect_served 1
    ((from_disk > 3000000)) || fail "what was there was not used"
    rm -rf "$cache/v1"
    for n in {31..60}; do : 2>/dev/null >"$cache/other$n" || break; done
    expect_goes_on "No space left on device"
    ;;
readonly)
    command mount --bind "$cache" "$cache"
    command mount -o remount,bind,ro "$cache"
    expect_served 1
    ((from_disk > 3000000)) || fail "what was there was not used"
    # A damaged cache there, and one that becomes so under the mount.
    command umount "$cache"
    damage flip 100 1
    command mount --bind "$cache" "$cache"
    command mount -o remount,bind,ro "$cache"
    expect_served 1
    command mount -o remount,bind,rw "$cache"
    : >"$work/taskfs.stderr"
    mount -o "cache_dir=$cache"
    cmp -n 3000000 "$work/two/large.txt" "$mnt/two/outputs/large.txt"
    # Not while a file there is open for writing.
    eventually 10 command mount -o remount,bind,ro "$cache" 2>/dev/null
    compare
    unmount
    (($(complaints) <= 1)) || fail "$(complaints) complaints"
    command umount "$cache"
    rm -rf "$cache/v1"
    command mount --bind "$cache" "$cache"
    command mount -o remount,bind,ro "$cache"
    expect_goes_on "Read-only file system"
    ;;
esac
