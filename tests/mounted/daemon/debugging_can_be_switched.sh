#!/bin/bash
# SIGUSR1 switches debug messages on and off in a running mount; debug= says whose.
# tags: concurrent
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
archive two artifacts/b.txt text
task three '{"status": "computation-started"}'
emulator
mount
noise_allowed=yes

pid=$(sed -n 's/^pid=//p' "$mnt/.taskfs/config")
expect "$pid" "$taskfs_pid" "the pid of .taskfs/config"
components() { # whose debug messages are in the log
    sed -n 's/^[^ ]* debug: \([a-z]*\): .*/\1/p' "$mnt/.taskfs/log" | sort -u | paste -sd' '
}
is_on() { # COMPONENTS: these are on; the signal is taken when a thread has time for it
    grep -qx "debug=$1" "$mnt/.taskfs/config"
}
cat "$mnt/one/outputs/a.txt" >/dev/null
expect "$(components)" "" "components before"
is_on "" || fail "config speaks of others than are on"

kill -USR1 "$pid"
eventually 5 is_on fuse:fs:api:zip:cache:net || fail "the first signal does not switch it on"
cat "$mnt/two/outputs/b.txt" "$mnt/two/info" >/dev/null
expect "$(components)" "api fs fuse net zip" "components after the first signal"
grep -q "debug: net: GET '$api_url/tasks/two'" "$mnt/.taskfs/log" || fail "the request is not told of"
grep -q "debug: fuse: request [0-9]*: LOOKUP 'b.txt'" "$mnt/.taskfs/log" || fail "the lookup is not told of"

kill -USR1 "$pid"
eventually 5 is_on "" || fail "the second signal does not switch it off"
cat "$mnt/three/status" >/dev/null
if grep "debug: net: .*/tasks/three" "$mnt/.taskfs/log"; then fail "the second signal does not end it"; fi
unmount

mount -o debug=net
cat "$mnt/one/outputs/a.txt" >/dev/null
expect "$(components)" "net" "components of debug=net"
kill -USR1 "$taskfs_pid"
eventually 5 is_on "" || fail "the signal does not switch debug=net off"
kill -USR1 "$taskfs_pid"
eventually 5 is_on net || fail "it is not on again"
cat "$mnt/two/info" >/dev/null
expect "$(components)" "net" "components when they are on again"
grep -q "debug: net: .*/tasks/two'" "$mnt/.taskfs/log" || fail "it says nothing"
