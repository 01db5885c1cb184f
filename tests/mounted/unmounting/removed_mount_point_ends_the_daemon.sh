#!/bin/bash
# The mount point's directory is removed from another mount namespace: the daemon ends, status 0.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

((EUID == 0)) || skip "needs root, for a mount namespace"
archive one artifacts/a.txt text
emulator

start_inside() {
    "$lib/apart.sh" "${prefix[@]}" "$TASKFS" -f -o "api_url=$api_url" "$mnt" \
        </dev/null >>"$work/taskfs.stdout" 2>>"$work/taskfs.stderr" &
    taskfs_pid=$!
    eventually $((10 * slower)) is_mounted_inside
    is_running "$taskfs_pid" || fail "it did not mount"
}
is_mounted_inside() {
    grep -qF "${mnt// /\\040} " "/proc/$taskfs_pid/mountinfo" 2>/dev/null || ! is_running "$taskfs_pid"
}
start_inside
expect "$(nsenter -t "$taskfs_pid" -m cat "$mnt/one/outputs/a.txt")" text "an output, inside"
if mountpoint -q "$mnt"; then fail "the mount is seen outside"; fi
rmdir "$mnt"
end_of_daemon

# With a file open in there: it is served until SIGTERM.
mkdir "$mnt"
start_inside
exec 5<"/proc/$taskfs_pid/root$mnt/one/outputs/a.txt"
rmdir "$mnt"
is_running "$taskfs_pid" || fail "it ended with a file open"
expect "$(cat <&5)" text "the open file"
kill -TERM "$taskfs_pid"
end_of_daemon
exec 5<&-
