#!/bin/bash
# When the mount goes away under taskfs-list or taskfs-kill, they say so and end with 3.
# tags: plain waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

noise_allowed=yes
task running '{"status": "computation-started"}'
emulator
cd "$work"

lose() { # HOW
    case $1 in
    unmounted) fusermount3 -u -z "$mnt" ;; # what still uses a file of it keeps the daemon
    ended) kill -KILL "$taskfs_pid" ;;
    esac
}
clear_mount() {
    fusermount3 -u -z "$mnt" 2>/dev/null || :
    reap "$taskfs_pid" 10
    taskfs_pid=
}
tables() { (($(grep -c '^ID' out) >= $1)); }

for shell in dash 'busybox sh'; do
    for how in unmounted ended; do
        [[ $shell$how != busybox*unmounted ]] || continue
        [[ $how == unmounted ]] && why='it was unmounted' || why='its process has ended'
        gone="the mount at '$mnt' is gone, $why"
        again="$gone: 'taskfs $mnt' mounts it again"

        # A table that is kept on the screen: it continues when the mount is back.
        sed -i 's/^mount_patience=.*/mount_patience=20/' "$work/share/common.sh"
        mount
        begin taskfs-list -m "$mnt" -w 1
        eventually 5 tables 1
        lose "$how"
        eventually 5 says err "taskfs-list: $gone: waiting up to 20 s for it to come back"
        clear_mount
        had=$(grep -c '^ID' out)
        mount
        eventually 5 says err "taskfs-list: the mount at '$mnt' is back"
        eventually 5 tables $((had + 1))
        expect "$(grep -c '^ID' out)" "$(grep -c '^running' out)" "tables, and tables with a task"
        sed -i 's/^mount_patience=.*/mount_patience=1/' "$work/share/common.sh"
        kill -TERM "$begun"
        expect_end 143
        begin taskfs-list -m "$mnt" -w 1
        eventually 5 tables 1
        lose "$how"
        expect_end 3
        expect "$(tail -n 1 err)" "taskfs-list: $again" "the last words"
        expect "$(grep -c '^ID' out)" "$(grep -c '^running' out)" "tables, and tables with a task"
        clear_mount

        # While the user thinks about the question.
        for argument in running --all; do
            mount
            mkfifo answer
            # shellcheck disable=SC2086 # `busybox sh` is two words
            $shell "$programs/taskfs-kill" -m "$mnt" $argument <answer >out 2>err &
            begun=$!
            exec 7>answer
            eventually 5 says out 'Are you sure'
            lose "$how"
            echo y >&7
            exec 7>&-
            expect_end 3
            clear_mount
            expect "$(<err)" "taskfs-kill: task 'running': $again" "what taskfs-kill $argument says"
            rm answer
        done

        # While the service thinks about the kill: nobody knows what it will do.
        if [[ $how == ended ]]; then
            mount
            fault '{"match": {"kind": "kill"}, "action": "stall_headers"}'
            begin taskfs-kill -y -m "$mnt" running
            one_waits() { (($(waiting_requests) == 1)); }
            eventually 5 one_waits
            lose "$how"
            expect_end 3
            expect "$(<err)" "taskfs-kill: task 'running': $again; whether the task is killed is not known" \
                "what taskfs-kill says of a kill under way"
            clear_mount
            clear_faults
            control POST task/running '{"status": "computation-started"}' >/dev/null
        fi
    done
done
