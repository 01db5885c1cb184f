#!/bin/bash
# The daemon keeps no descriptor that it was started with: a lock is released, a pipe comes to its
# end.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one
emulator
has_ended() { ! is_running "$pid"; }
unmount_daemon() {
    pid=$(daemon_pids)
    fusermount3 -u "$mnt"
    eventually $((5 * slower)) has_ended || fail "the daemon runs on"
}
run() {
    "${prefix[@]}" "$TASKFS" -o "api_url=$api_url" "$mnt" </dev/null
}

(
    flock 9
    run
) 9>"$work/lock"
flock -n "$work/lock" true || fail "the daemon holds the lock of its caller"
unmount_daemon

for fd in 3 4 9 255; do
    ended=0
    timeout 10 cat < <(eval "run $fd>&1 >/dev/null") || ended=$?
    expect "$ended" 0 "the end of a pipe on descriptor $fd"
    expect "$(<"$mnt/one/status")" success "a status"
    unmount_daemon
done
