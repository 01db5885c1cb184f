#!/bin/bash
# Started with any of stdin, stdout and stderr closed: no socket takes their place, and it mounts.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
emulator

without() { # "DESCRIPTORS" COMMAND...: becomes it, with these closed; for a subshell
    local fd
    for fd in $1; do
        eval "exec $fd>&-"
    done
    exec "${@:2}"
}
# Is what PROCESS has as 0 to 2 harmless? "DESCRIPTORS": those that were closed.
expect_streams() {
    local fd
    for fd in $2; do
        expect "$(readlink "/proc/$1/fd/$fd")" /dev/null "descriptor $fd, started without $2"
    done
    for fd in 0 1 2; do
        expect_match "$(readlink "/proc/$1/fd/$fd")" "^(/|pipe:)" "descriptor $fd, started without $2"
        if [[ $(readlink "/proc/$1/fd/$fd") == /dev/fuse ]]; then fail "descriptor $fd is /dev/fuse"; fi
    done
}
has_ended() {
    ! is_running "$pid"
}

for closed in 0 2 "0 1" "0 1 2"; do
    (without "$closed" timeout 10 "${prefix[@]}" "$TASKFS" -o "api_url=$api_url" "$mnt") ||
        fail "in the background, without $closed: status $?"
    pid=$(daemon_pids)
    expect_streams "$pid" "$closed"
    expect "$(<"$mnt/one/outputs/a.txt")" text "an output, without $closed"
    fusermount3 -u "$mnt"
    eventually 5 has_ended || fail "without $closed: the daemon runs on after fusermount3 -u"

    without "$closed" "${prefix[@]}" "$TASKFS" -f -o "api_url=$api_url" "$mnt" \
        >"$work/taskfs.stdout" 2>"$work/taskfs.stderr" &
    taskfs_pid=$!
    eventually $((10 * slower)) mounted_or_dead
    is_running "$taskfs_pid" || fail "in the foreground, without $closed: not mounted"
    expect_streams "$taskfs_pid" "$closed"
    expect "$(<"$mnt/one/outputs/a.txt")" text "an output, without $closed"
    unmount
done

# What can't be said is no crash: the status is what it always is.
got=0
(without "0 1 2" "${prefix[@]}" "$TASKFS" -o "api_url=$api_url" "$work/missing") || got=$?
expect "$got" 1 "status without a mount point and without streams"
