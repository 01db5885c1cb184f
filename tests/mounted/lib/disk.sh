# shellcheck shell=bash
# For tests of damage to the cache on disk, after lib.sh. Two tasks, `one` and `two`, whose outputs
# are those of $work/one and $work/two; the second has a member of which states of the decoder are
# kept.
cache=$work/cache

make_tasks() {
    python "$archives/writers.py" sample "$work/one"
    task one
    python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/one"
    mkdir "$work/two"
    /usr/bin/python3 -c '
import random, sys
chance = random.Random(2)
with open(sys.argv[1] + "/large.txt", "w") as out:
    for n in range(700_000):
        out.write(f"{n * 7919 % 1000003} {chance.random()}\n")
with open(sys.argv[1] + "/small", "w") as out:
    out.write("small\n")
' "$work/two"
    task two
    python "$archives/writers.py" stream_zip "$root/two/output.zip" "$work/two"
}

# compare [MOUNT]: everything that is read, byte for byte.
compare() {
    local mount=${1:-$mnt} id
    for id in one two; do
        diff -r "$work/$id" "$mount/$id/outputs" || fail "the outputs of '$id' differ"
        cat "$mount/$id"/{status,info,task.json,outputs_info} >"$work/texts"
        [[ -e $work/texts.$id ]] || cp "$work/texts" "$work/texts.$id"
        cmp "$work/texts" "$work/texts.$id"
    done
}

# stat_of NAME: a number of .taskfs/stats.
stat_of() {
    sed -n "s/^taskfs_$1 //p" "$mnt/.taskfs/stats"
}

# fill_cache: everything is read once; what is on disk then is kept in $work/full.
fill_cache() {
    mount -o "cache_dir=$cache"
    compare
    unmount
    cp -a "$cache" "$work/full"
}

# refill_cache: the cache as fill_cache has left it.
refill_cache() {
    rm -rf "$cache"
    cp -a "$work/full" "$cache"
}

damage() {
    python "$lib/damage.py" "$cache" "$@" >"$work/damage" || fail "no damage was done"
}

# remount: everything is compared on a mount with the cache as it is. How many bytes were found
# damaged is in $damaged, how many came from disk in $from_disk.
remount() {
    mount -o "cache_dir=$cache"
    compare
    damaged=$(stat_of disk_damaged_bytes_total) from_disk=$(stat_of disk_read_bytes_total)
    unmount
}
