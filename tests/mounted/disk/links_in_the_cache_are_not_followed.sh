#!/bin/bash
# Links that somebody has planted in the cache: nothing outside is read, written, changed or
# removed, and every byte is right.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$TEST_LIB/disk.sh"

make_tasks
emulator
fill_cache

outside() { # what is there, with its times
    find "$work/outside" -printf '%p %y %s %m %T@\n' | LC_ALL=C sort
    find "$work/outside" -type f -exec md5sum {} +
}

# plant WHAT COMMAND...: runs the command for each file or folder below the cache, then compares
# twice; what is outside stays as it was.
plant() {
    local what=$1
    shift
    rm -rf "$work/outside"
    refill_cache
    cp -a "$work/full" "$work/outside"
    "$@"
    outside >"$work/outside.before"
    remount
    remount
    outside >"$work/outside.after"
    diff "$work/outside.before" "$work/outside.after" || fail "something outside has changed: $what"
    echo "$what: $damaged bytes damaged, $from_disk from disk"
}

files_are_links() {
    local file
    find "$cache/v1" -type f -printf '%P\n' >"$work/files"
    while read -r file; do
        ln -sf "$work/outside/v1/$file" "$cache/v1/$file"
    done <"$work/files"
}

files_are_links_to_nowhere() {
    local file
    find "$cache/v1" -type f -printf '%P\n' >"$work/files"
    while read -r file; do
        ln -sf "$work/outside/nowhere" "$cache/v1/$file"
    done <"$work/files"
}

folders_are_links() { # DEPTH
    local folder
    find "$cache/v1" -mindepth "$1" -maxdepth "$1" -type d -printf '%P\n' >"$work/files"
    while read -r folder; do
        rm -rf "$cache/v1/$folder"
        ln -s "$work/outside/v1/$folder" "$cache/v1/$folder"
    done <"$work/files"
}

# Other names of files outside, of right ones and of empty ones.
files_are_shared() {
    local file
    find "$cache/v1" -type f -printf '%P\n' >"$work/files"
    while read -r file; do
        [[ $1 == right ]] || : >"$work/outside/v1/$file"
        ln -f "$work/outside/v1/$file" "$cache/v1/$file"
    done <"$work/files"
}

plant "links as files" files_are_links
plant "links to nothing" files_are_links_to_nowhere
for depth in 1 2 4; do
    plant "links as folders at $depth" folders_are_links $depth
done
plant "shared empty files" files_are_shared empty

# The cache itself may be a link, but not what is in it.
rm -rf "$cache"
mv "$work/full" "$work/real"
ln -s "$work/real" "$cache"
remount
((from_disk > 0)) || fail "nothing came from a cache that is a link"
mv "$work/real/v1" "$work/moved"
ln -s "$work/moved" "$work/real/v1"
. "$lib/refusal.sh"
expect_refusal 1 "cannot use '$cache' as a disk cache" -o "api_url=$api_url,cache_dir=$cache" "$mnt"
