#!/bin/bash
# With allow_other another user reads everything, and can't write ctl.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

((EUID == 0)) || skip "needs root, to become another user"
archive one artifacts/a.txt text
task two '{"status": "computation-started"}'
emulator
mount -o allow_other

chmod 755 "$work"
other() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
expect "$(other cat "$mnt/one/outputs/a.txt")" text "an output"
expect "$(other /usr/bin/python3 -c '
import sys
try:
    open(sys.argv[1], "w").write("kill")
except OSError as error:
    print(error.errno)' "$mnt/two/ctl")" 13 "errno of another user's kill"
expect_requests 0 kind=kill
unmount

mount
if other cat "$mnt/one/status" 2>/dev/null; then fail "another user reads without allow_other"; fi
