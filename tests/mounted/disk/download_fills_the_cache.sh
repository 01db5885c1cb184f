#!/bin/bash
# taskfs-download --cache-only fetches a task for a mount that is offline, and all downloads use
# what is on disk.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$TEST_LIB/download.sh"

python "$archives/writers.py" sample "$work/in"
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
archive two artifacts/a.txt text
task running '{"status": "computation-started"}'
python "$archives/writers.py" 7zz "$root/running/output.zip" "$work/in"
service
export TASKFS_CACHE_DIR=$work/cache
cd "$work"

download --cache-only one
expect "$code" 0 "exit status"
expect_match "$out" "the outputs \(.*\) of task 'one' are in the cache '$work/cache'" "what is said"
[[ ! -e $work/inductiva_output ]] || fail "something was written beside the cache"
download --cache-only running
expect "$code" 1 "exit status"
says "$work/err" "only finished tasks are kept"
download --cache-only one FILE
expect "$code" 2 "exit status"
TASKFS_CACHE_DIR='' download --cache-only one
expect "$code" 2 "exit status"
says "$work/err" "--cache-only needs --cache-dir, or TASKFS_CACHE_DIR"

# Another download of the same fetches nothing, and one of another task fills the cache too.
mark
download one
expect "$code" 0 "exit status"
diff -r "$work/in" "$work/inductiva_output/one/outputs"
expect_requests 0 kind=object
download two
expect "$code" 0 "exit status"

mark
noise_allowed=yes
mount -o offline
diff -r "$work/in" "$mnt/one/outputs"
cat "$mnt/one"/{info,task.json,outputs_info} >/dev/null
expect "$(cat "$mnt/two/outputs/a.txt")" text "what was downloaded"
expect "$(ls "$mnt" | sort | tr '\n' ' ')" "one two " "the tasks"
expect_requests 0
