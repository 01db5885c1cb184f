#!/bin/bash
# The companions find the mount by -m, a path, TASKFS_MOUNT, the working directory, or alone.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

task one
emulator
for shell in dash 'busybox sh'; do
    : >"$work/mounts"
    run taskfs-list
    expect "$code" 1 "exit status without a mount"
    expect_match "$err" "no mount of taskfs was found" "without a mount"
done
mount
note_mounts
for shell in dash 'busybox sh'; do
    run taskfs-wait one
    expect "$code $out" "0 task 'one': success" "found by itself"
    run taskfs-wait -m "$mnt/" one
    expect "$code $out" "0 task 'one': success" "-m"
    run taskfs-wait "$mnt/one/"
    expect "$code $out" "0 task 'one': success" "a path"
    # Other people's do not count.
    echo '900 1 0:99 / /nowhere/a rw - fuse.taskfs taskfs rw,user_id=12345' >>"$work/mounts"
    echo '901 1 0:98 / /nowhere/b rw - fuse.taskfs taskfs rw,user_id=12345,allow_other' >>"$work/mounts"
    run taskfs-wait one
    expect "$code $out" "0 task 'one': success" "found among those of others"
    (cd "$mnt" && : >"$work/mounts" && run taskfs-wait one/ && expect "$code" 0 "a path from within")
    note_mounts
    TASKFS_MOUNT=$mnt run taskfs-list
    expect "$code" 0 "TASKFS_MOUNT"
    TASKFS_MOUNT=/nowhere run taskfs-list -m "$mnt"
    expect "$code" 0 "-m over TASKFS_MOUNT"
    run taskfs-list -m "$work"
    expect "$code" 1 "no mount"
    expect_match "$err" "'$work' is not a mount of taskfs" "no mount"
done

# A second one.
mnt="$work/other
mount" # a newline is escaped in the table
first_pid=$taskfs_pid
mkdir "$mnt"
mount
note_mounts
for shell in dash 'busybox sh'; do
    run taskfs-list
    expect "$code" 1 "exit status with two mounts"
    expect_match "$err" "more than one mount .*mount point.*other.*say which with -m" "two mounts"
    run taskfs-list -m "$mnt"
    expect "$code" 0 "two mounts and -m"
    cd "$mnt/one"
    run taskfs-list
    expect "$code" 0 "two mounts, one of them where we are"
    cd "$work"
done
unmount
note_mounts

# One whose process has gone.
mnt="$work/mount point"
kill -KILL "$first_pid"
wait "$first_pid" || :
taskfs_pid=
run taskfs-list
expect "$code" 1 "exit status with a dead mount"
expect_match "$err" "the mount at '$mnt' is dead" "a dead mount"
fusermount3 -u -z "$mnt"
