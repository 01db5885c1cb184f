#!/bin/bash
# -o umask, uid and gid apply to everything.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/d/a.txt text
emulator
mount -o umask=027

me=$(id -u):$(id -g)
cd "$mnt/one"
expect "$(stat -c '%a %u:%g' . outputs/d | sort -u)" "750 $me" "directories"
expect "$(stat -c '%a %u:%g' outputs/d/a.txt ctl | sort -u)" "640 $me" "an output and ctl"
expect "$(stat -c '%a %u:%g' status)" "440 $me" "a small file"
cd /
unmount

mount -o umask=022,uid=1234,gid=2345
cd "$mnt/one"
expect "$(stat -c '%a %u:%g' . outputs/d | sort -u)" "755 1234:2345" "directories"
expect "$(stat -c '%a %u:%g' outputs/d/a.txt ctl | sort -u)" "644 1234:2345" "an output and ctl"
cd /
