#!/bin/bash
# taskfs-wait reports a mount that is gone, waits for it, and ends with 3 if it does not come back.
# tags: plain waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

noise_allowed=yes
task one '{"status": "computation-started"}'
task two '{"status": "computation-started"}'
emulator

# A write of `wait` keeps the daemon of a detached mount running until it returns.
sed -i 's/^patience=.*/patience=2/' "$programs/taskfs-wait" "$work"/share/*.sh

# lose HOW: the mount goes away under whoever uses it.
lose() {
    case $1 in
    unmounted) fusermount3 -u -z "$mnt" ;;
    ended) kill -KILL "$taskfs_pid" ;;
    esac
}
clear_mount() {
    fusermount3 -u -z "$mnt" 2>/dev/null || :
    reap "$taskfs_pid" 10
    taskfs_pid=
}
reset_task() { control POST task/one '{"status": "computation-started"}' >/dev/null; }

gone="taskfs-wait: the mount at '$mnt' is gone"
for shell in dash 'busybox sh'; do
    for how in unmounted ended; do
        [[ $shell$how != busybox*unmounted ]] || continue
        [[ $how == unmounted ]] && why='it was unmounted' || why='its process has ended'

        # It comes back: the wait continues, and tells the end.
        sed -i 's/^mount_patience=.*/mount_patience=20/' "$work/share/common.sh"
        mount
        begin taskfs-wait -m "$mnt" one two
        eventually 5 says "$work/out" "'two': computation-started"
        lose "$how"
        eventually 10 says "$work/err" "$gone, $why: waiting up to 20 s for it to come back"
        clear_mount
        mount
        eventually 5 says "$work/err" "the mount at '$mnt' is back"
        for id in one two; do
            control POST "task/$id" '{"status": "success"}' >/dev/null
        done
        expect_end 0
        expect_match "$(<"$work/out")" "task 'one': success.*" "the end"
        expect "$(wc -l <"$work/err")" 2 "lines about the mount"
        for id in one two; do
            control POST "task/$id" '{"status": "computation-started"}' >/dev/null
            echo refresh >"$mnt/$id/ctl"
        done

        # It does not: that is neither a missing nor a failed task.
        sed -i 's/^mount_patience=.*/mount_patience=1/' "$work/share/common.sh"
        begin taskfs-wait -m "$mnt" one
        eventually 5 says "$work/out" "'one': computation-started"
        lose "$how"
        expect_end 3
        expect "$(<"$work/err")" "$gone, $why: waiting up to 1 s for it to come back
taskfs-wait: task 'one': the mount at '$mnt' is gone, $why: 'taskfs $mnt' mounts it again" "what it says"
        clear_mount
    done

    # With a time of its own the wait lasts for that, and ends as one whose mount is gone.
    mount
    begin taskfs-wait -m "$mnt" -t 4 one
    eventually 5 says "$work/out" "'one': computation-started"
    lose unmounted
    began=$(now_ms)
    expect_end 3
    (($(now_ms) - began >= 1500)) || fail "gave up before its time"
    expect_match "$(<"$work/err")" "$gone, it was unmounted: waiting up to [234] s .*time ran out after 4 s" "with a time"
    clear_mount

    # From within the mount, by a relative path.
    mount
    cd "$mnt"
    sed -i 's/^mount_patience=.*/mount_patience=20/' "$work/share/common.sh"
    begin taskfs-wait ./one
    cd "$work"
    eventually 5 says "$work/out" "'one': computation-started"
    lose ended
    eventually 10 says "$work/err" "$gone"
    clear_mount
    mount
    control POST task/one '{"status": "success"}' >/dev/null
    expect_end 0
    reset_task
    unmount
done
