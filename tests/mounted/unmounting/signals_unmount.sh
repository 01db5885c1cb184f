#!/bin/bash
# SIGINT, SIGTERM and SIGHUP unmount, with status 0.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
emulator

for signal in INT TERM HUP; do
    mount
    cat "$mnt/one/outputs/a.txt" >/dev/null
    kill -$signal "$taskfs_pid"
    end_of_daemon
    if is_mounted; then fail "still mounted after SIG$signal"; fi
done
