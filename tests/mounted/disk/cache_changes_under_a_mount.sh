#!/bin/bash
# tags: concurrent
# The cache is deleted, in whole or in part, closed or replaced while a mount uses it: every byte is
# right, and what can be kept is kept.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$TEST_LIB/disk.sh"

make_tasks
emulator
fill_cache
noise_allowed=yes
complaints() {
    grep -c "cannot write in the disk cache" "$work/taskfs.stderr" || true
}

# during WHAT COMMAND...: a mount that has read some is read again while the command runs, over and
# over, and then after it, with nothing in memory: the small cache there and the kernel's pages.
during() {
    local what=$1 worker
    shift
    refill_cache
    : >"$work/taskfs.stderr"
    mount -o "cache_dir=$cache,cache_size=16M"
    cmp -n 3000000 "$work/two/large.txt" "$mnt/two/outputs/large.txt"
    "$@" &
    worker=$!
    compare
    wait "$worker"
    ctl one refresh >/dev/null
    ctl two refresh >/dev/null
    compare
    unmount
    (($(complaints) <= 1)) || fail "$(complaints) complaints"
    echo "$what: $(complaints) complaints"
    remount
}

delete_files() {
    local file
    find "$cache" -type f -print0 | while IFS= read -r -d '' file; do
        rm -f "$file"
        sleep 0.01
    done
}

close_it() {
    chmod -R a-rwx "$cache" 2>/dev/null || true
    sleep 0.3
    chmod -R u+rwX "$cache"
}

replace_files() { # by those of another time
    local i
    for i in 1 2 3; do
        delete "$cache/v1"
        cp -aT "$work/full/v1" "$cache/v1"
        sleep 0.1
    done
}

delete() { # the mount may make something meanwhile
    rm -rf "$1" 2>/dev/null || rm -rf "$1" 2>/dev/null || true
}

during "deleted" delete "$cache"
during "emptied" delete "$cache/v1"
during "accounts deleted" delete "$cache/v1/"*
during "files deleted one by one" delete_files
during "closed" close_it
during "moved away and replaced" bash -c "mv '$cache' '$work/away' && mkdir -m 700 '$cache'"
during "replaced by another" replace_files
