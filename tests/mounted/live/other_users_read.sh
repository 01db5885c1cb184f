#!/bin/bash
# With allow_other, somebody else reads files of a running task, listed before or not.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"
((UID == 0)) || skip "needs root"

machine one
for name in a b; do echo "text of $name" >"$work/one/$name"; done
chmod a+x "$work"
emulator
start_machines one
mount -o "live_program=$fake,allow_other"
somebody() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
expect "$(somebody cat "$mnt/one/live/a")" "text of a"
expect "$(somebody ls "$mnt/one/live" | xargs)" "a b"
ls -l "$mnt/one/live" >"$work/list"
expect "$(somebody cat "$mnt/one/live/b")" "text of b" "a file that was listed, and never read"
