#!/bin/bash
# Without -f the parent returns 0 once the mount answers, and holds no descriptor.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
emulator

# The pipe of $( ) would stay open if the daemon kept stdout or stderr.
output=$(timeout 10 "${prefix[@]}" "$TASKFS" -o "api_url=$api_url" "$mnt" 2>&1)
mountpoint -q "$mnt" || fail "the parent returned, and nothing is mounted"
expect "$output" "" "what it said"
expect "$(<"$mnt/one/outputs/a.txt")" text "an output"
pid=$(daemon_pids)
expect "$(readlink "/proc/$pid/cwd")" / "its directory"
fusermount3 -u "$mnt"
has_ended() {
    ! is_running "$pid"
}
eventually 5 has_ended || fail "the daemon runs on after fusermount3 -u"
