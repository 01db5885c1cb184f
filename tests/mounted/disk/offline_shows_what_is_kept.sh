#!/bin/bash
# Without the network and without a key: the finished tasks that are on disk, and no others.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/writers.py" sample "$work/in"
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
archive two artifacts/a.txt text artifacts/b.txt other
task three
mkdir "$work/three"
head -c 8000000 /dev/urandom >"$work/three/large"
python "$archives/writers.py" 7zz "$root/three/output.zip" "$work/three"
task running '{"status": "computation-started"}'
emulator
cached() { # PATH: how much of it is on disk, by the attribute
    python -c '
import os, sys
here, all = map(int, os.getxattr(sys.argv[1], "user.taskfs.cached").split(b"/"))
print("all" if here == all else "part" if here else "nothing")' "$1"
}
mount -o "cache_dir=$work/cache"
diff -r "$work/in" "$mnt/one/outputs"
cat "$mnt/one/info" >"$work/info"
head -c 100000 "$mnt/three/outputs/large" >/dev/null
du=$(du -s "$mnt/one/outputs" | cut -f 1)
ls "$mnt/two/outputs" "$mnt/running" >/dev/null
cat "$mnt/running/info" >/dev/null
unmount
mark

unset INDUCTIVA_API_KEY
noise_allowed=yes
HOME=$work mount -o "cache_dir=$work/cache,offline"
expect "$(ls "$mnt" | sort | tr '\n' ' ')" "one three two " "the tasks"
diff -r "$work/in" "$mnt/one/outputs"
diff "$work/info" "$mnt/one/info"
expect "$(cat "$mnt/one/status")" success "status"
expect "$(cached "$mnt/one/outputs")" all "what is kept of one"
file=$(cd "$work/in" && find . -type f -size +1k | head -n 1)
expect "$(cached "$mnt/one/outputs/$file")" all "what is kept of a file"
expect "$(du -s "$mnt/one/outputs" | cut -f 1)" "$du" "du"
expect "$(cached "$mnt/three/outputs/large")" part "what is kept of what was read in part"
expect "$(head -c 100000 "$mnt/three/outputs/large" | wc -c)" 100000 "the part that was read"
(($(du --block-size=1 "$mnt/three/outputs/large" | cut -f 1) < 3000000)) || fail "du says that all is there"
expect_errno ENODATA read "$mnt/three/outputs/large"
grep -q "file large: it is not all on disk, and the mount is offline" "$mnt/.taskfs/log"
expect "$(ls "$mnt/two/outputs" | tr '\n' ' ')" "a.txt b.txt " "the listing of what was only listed"
expect_errno ENODATA stat "$mnt/one/inputs/x"
expect_errno ENODATA read "$mnt/two/info"
expect_errno ENOENT stat "$mnt/running"
expect "$(ctl one refresh)" ENETDOWN "refresh"
expect "$(ctl one kill)" ESRCH "kill"
expect_errno ENODATA list "$mnt/one/inputs"
expect_requests 0
