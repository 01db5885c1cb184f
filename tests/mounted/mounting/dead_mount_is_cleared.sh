#!/bin/bash
# A mount point that a killed daemon left behind is cleared by the next taskfs.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
emulator
mount
cat "$mnt/one/status" >/dev/null
kill -KILL "$taskfs_pid"
reap "$taskfs_pid" 5
taskfs_pid=
expect_errno ENOTCONN list "$mnt"

start
is_alive() {
    [[ $(cat "$mnt/one/status" 2>/dev/null) == success ]] || ! is_running "$taskfs_pid"
}
eventually $((10 * slower)) is_alive
expect "$(<"$mnt/one/status")" success "status after the crash"
