#!/bin/bash
# With nobody listening nothing looks absent; when the service is back, all is.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text artifacts/b.txt other
task two '{"status": "computation-started"}'
emulator
mount -o timeout=4
noise_allowed=yes
expect "$(<"$mnt/one/outputs/a.txt")" text "an output"
expect "$(<"$mnt/two/status")" computation-started "a status"

stop_emulator
expect "$(<"$mnt/one/outputs/a.txt")" text "a cached output in an outage"
expect "$(<"$mnt/one/status")" success "a finished task's status in an outage"
is_noticed() {
    local got
    got=$(errno_of read "$mnt/two/status")
    [[ $got == ok || $got == EIO || $got == ETIMEDOUT ]] || fail "two/status gives $got"
    [[ $got != ok ]]
}
eventually 10 is_noticed || fail "an old status is shown without an end"
for path in two/info three/status; do
    got=$(errno_of read "$mnt/$path")
    [[ $got == EIO || $got == ETIMEDOUT ]] || fail "$path gives $got in an outage"
done

emulator
expect "$(<"$mnt/two/status")" computation-started "a status afterwards"
expect "$(<"$mnt/one/outputs/b.txt")" other "an output afterwards"
