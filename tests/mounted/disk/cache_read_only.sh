#!/bin/bash
# A cache that cannot be changed is listed and checked; what cannot be removed is said. A full disk
# gives no error to readers, and what it kept is right.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/cache.sh"
((EUID == 0)) || skip "needs root, to mount a tmpfs"
mkdir -p "$work/cache"
command mount -t tmpfs -o size=2m,mode=700 none "$work/cache" || skip "no tmpfs can be mounted"
unmount_cache() { umount -l "$work/cache"; }
trap 'unmount_cache; finish' EXIT

python "$archives/writers.py" sample "$work/in"
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
emulator
noise_allowed=yes
mount -o "cache_dir=$work/cache"
diff -r "$work/in" "$mnt/one/outputs"
cat "$mnt/one/info" >/dev/null
unmount
cache --verify "$work/cache"
expect "$code $err" "0 " "exit status and stderr of --verify"
mount -o "cache_dir=$work/cache"
diff -r "$work/in" "$mnt/one/outputs"
unmount
(($(grep -c "in the disk cache" "$work/taskfs.stderr") <= 2)) || fail "each mount may complain once"

record=$(find "$work/cache" -path '*/tasks/*')
printf x | dd of="$record" bs=1 seek=40 conv=notrunc status=none
command mount -o remount,ro "$work/cache"
cache --json "$work/cache"
expect "$code $(jq -r 'select(.task).details' "$work/out")" "0 none" "the list"
cache --verify "$work/cache"
expect "$code" 1 "exit status of --verify"
expect "$err" "taskfs-cache: cannot remove what is damaged in '$work/cache': Read-only file system" "what --verify says"
cache --drop one "$work/cache"
expect "$code $err" "1 taskfs-cache: cannot drop 'one': Read-only file system" "what --drop says"
cache --drop-all "$work/cache"
expect "$code $err" "1 taskfs-cache: cannot drop all of '$work/cache': Read-only file system" "what --drop-all says"
mount -o "cache_dir=$work/cache"
diff -r "$work/in" "$mnt/one/outputs"
unmount
