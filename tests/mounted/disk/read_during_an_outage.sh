#!/bin/bash
# While the service cannot be reached, what is on disk of finished tasks is there, and what is not
# is an error and never an absence.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/writers.py" sample "$work/in"
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
archive two artifacts/a.txt text
task three
emulator
mount -o "cache_dir=$work/cache"
diff -r "$work/in" "$mnt/one/outputs"
cat "$mnt/one/info" >"$work/info"
unmount

noise_allowed=yes
mount -o "cache_dir=$work/cache,timeout=2"
kill -TERM "$emulator_pid"
reap "$emulator_pid" 10
emulator_pid=
diff -r "$work/in" "$mnt/one/outputs"
diff "$work/info" "$mnt/one/info"
expect "$(cat "$mnt/one/status")" success "status"
expect_match "$(errno_of list "$mnt/two/outputs")" 'EIO|ETIMEDOUT' "the listing of what was never read"
expect_match "$(errno_of read "$mnt/two/info")" 'EIO|ETIMEDOUT' "what was never read"
unmount

# The listing is filtered here, so that nothing is known of the task but what is on disk.
emulator
mount -o "cache_dir=$work/cache,timeout=2,status=failed"
kill -TERM "$emulator_pid"
reap "$emulator_pid" 10
emulator_pid=
diff -r "$work/in" "$mnt/one/outputs"
expect_match "$(errno_of stat "$mnt/three")" 'EIO|ETIMEDOUT' "a task of which nothing is on disk"
unmount

# The same of a service that takes requests and answers none.
emulator
mount -o "cache_dir=$work/cache,timeout=2,status=failed"
fault '{"action": "stall_headers"}'
diff -r "$work/in" "$mnt/one/outputs"
diff "$work/info" "$mnt/one/info"
expect_match "$(errno_of stat "$mnt/three")" 'EIO|ETIMEDOUT' "a task of which nothing is on disk"
