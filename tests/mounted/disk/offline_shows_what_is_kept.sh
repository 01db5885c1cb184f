#!/bin/bash
# Without the network and without a key: the finished tasks that are on disk, and no others.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/writers.py" sample "$work/in"
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
archive two artifacts/a.txt text artifacts/b.txt other
task running '{"status": "computation-started"}'
emulator
mount -o "cache_dir=$work/cache"
diff -r "$work/in" "$mnt/one/outputs"
cat "$mnt/one/info" >"$work/info"
ls "$mnt/two/outputs" "$mnt/running" >/dev/null
cat "$mnt/running/info" >/dev/null
unmount
mark

unset INDUCTIVA_API_KEY
noise_allowed=yes
HOME=$work mount -o "cache_dir=$work/cache,offline"
expect "$(ls "$mnt" | sort | tr '\n' ' ')" "one two " "the tasks"
diff -r "$work/in" "$mnt/one/outputs"
diff "$work/info" "$mnt/one/info"
expect "$(cat "$mnt/one/status")" success "status"
expect "$(ls "$mnt/two/outputs" | tr '\n' ' ')" "a.txt b.txt " "the listing of what was only listed"
expect_errno ENODATA stat "$mnt/one/inputs/x"
expect_errno ENODATA read "$mnt/two/info"
expect_errno ENOENT stat "$mnt/running"
ctl one refresh
ls "$mnt/one/inputs" || true
cat "$mnt/.taskfs/log"
expect_requests 0
