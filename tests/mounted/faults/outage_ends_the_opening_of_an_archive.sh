#!/bin/bash
# A service that is gone ends what waits for an archive that was not opened before, in the time that
# timeout= gives, and does so again and again.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
archive two artifacts/a.txt text
emulator
mount -o timeout=2
noise_allowed=yes
kill -TERM "$emulator_pid"
reap "$emulator_pid" 10
emulator_pid=
ends() { # CALL PATH
    local got
    got=$(within 5000 /usr/bin/python3 "$lib/oscall.py" "$@")
    expect_match "$got" 'EIO|ETIMEDOUT' "$*"
}
for _ in 1 2; do
    ends list "$mnt/one/outputs"
    ends read "$mnt/one/outputs_info"
    ends stat "$mnt/two/output.zip"
done
