#!/bin/bash
# With the service in an outage nothing looks absent or empty; it recovers without a remount.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
task two '{"status": "computation-started"}'
emulator
mount -o timeout=4
noise_allowed=yes
expect "$(ls "$mnt" | sort | xargs)" "one two" "the listing"

fault '{"action": "status", "code": 503}'
# Each listing is the whole one, while it may be old, or an error.
listing_fails() {
    local got
    got=$(python -c 'import os, sys, errno
try:
    print(*sorted(os.listdir(sys.argv[1])))
except OSError as error:
    print(errno.errorcode[error.errno])' "$mnt")
    [[ $got == "one two" || $got == EIO || $got == ETIMEDOUT ]] || fail "the root is '$got' in an outage"
    [[ $got == E* ]]
}
for path in two/info one/outputs/a.txt one/output.zip never/status; do
    got=$(errno_of read "$mnt/$path")
    [[ $got == EIO || $got == ETIMEDOUT ]] || fail "$path gives $got in an outage"
done
for path in one/outputs one/inputs; do
    got=$(errno_of list "$mnt/$path")
    [[ $got == EIO || $got == ETIMEDOUT ]] || fail "$path gives $got in an outage"
done
status_fails() {
    local got
    got=$(errno_of read "$mnt/two/status")
    [[ $got == ok || $got == EIO || $got == ETIMEDOUT ]] || fail "two/status gives $got in an outage"
    [[ $got != ok ]]
}
eventually 5 status_fails || fail "an old status is shown without an end"
eventually 20 listing_fails || fail "an old listing is shown without an end"

clear_faults
expect "$(<"$mnt/one/outputs/a.txt")" text "an output afterwards"
expect "$(<"$mnt/two/status")" computation-started "a status afterwards"
expect "$(ls "$mnt" | sort | xargs)" "one two" "the listing afterwards"
expect_errno ENOENT read "$mnt/never/status"
