#!/bin/bash
# What was read stays on disk: after a remount it costs the request that checks the key, no more.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/writers.py" sample "$work/in"
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
archive two artifacts/a.txt text
emulator
everything() {
    ls "$mnt" >/dev/null
    ls -lR "$mnt/one/outputs" >/dev/null
    cat "$mnt/one"/{status,machine_type,computation_time,info,task.json,outputs_info} >"$work/$1"
    diff -r "$work/in" "$mnt/one/outputs"
    rm -rf "$work/copy"
    cp -r "$mnt/one/outputs" "$work/copy"
    diff -r "$work/in" "$work/copy"
}
mount -o "cache_dir=$work/cache"
everything before
expect "$(stat -c %a "$work/cache")" 700 "mode of the cache"
unmount
mark
mount -o "cache_dir=$work/cache"
everything after
cmp "$work/before" "$work/after"
expect_requests 1 kind=list
expect_requests 1

# What was not read before is fetched, and only that.
mark
cat "$mnt/two/outputs/a.txt" >/dev/null
expect_requests 1 kind=signed-url
expect_requests 2
