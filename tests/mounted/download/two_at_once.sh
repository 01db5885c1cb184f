#!/bin/bash
# Two downloads at once into one DIR do not harm each other: one a task, and the other says so.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

for id in one two; do
    mkdir "$work/$id"
    for name in a b c; do
        head -c 100000 /dev/urandom >"$work/$id/$name"
    done
    task $id
    python "$archives/writers.py" stored "$root/$id/output.zip" "$work/$id"
done
cp "$root/one/output.zip" "$root/one/input.zip"
service
cd "$work"
busy="taskfs-download: another taskfs-download is at work in 'w/one'"

fault '{"match": {"kind": "object", "task": "one"}, "skip": 1, "count": 1, "action": "stall", "after": 0}'
begin_download -o w one
eventually 10 has_stalled
eventually 10 test -d w/one/.outputs.part
for arguments in one '--force one' '--zip one' '--inputs one' 'one a'; do
    # shellcheck disable=SC2086 # several words
    download -o w $arguments
    expect "$code $out$err" "1 $busy" "exit status and words of '$arguments' at the same time"
done
expect "$(ls -A w/one | xargs)" ".outputs.part outputs" "what is there meanwhile"
# Another task, or another folder, is another matter.
download -o w -t one -t two
expect "$code $err" "1 $busy" "exit status and words of two tasks, one of them busy"
diff -r two w/two/outputs
download -o v one
expect "$code $err" "0 " "exit status and stderr with another folder"
diff -r one v/one/outputs
download -n -o w one
expect "$code $err" "0 " "exit status and stderr of a dry run"
clear_faults
expect_end 0
expect "$(<err)" '' "stderr of the first one"
diff -r one w/one/outputs
expect "$(ls -A w/one)" outputs "nothing else is left"

# Whoever ends without a word gives the folder free.
rm -r w
fault '{"match": {"kind": "object", "task": "one"}, "skip": 1, "count": 1, "action": "stall", "after": 0}'
begin_download -o w one
eventually 10 has_stalled
kill -KILL "$begun"
expect_end 137 2>/dev/null
clear_faults
download -o w one
expect "$code $err" "0 " "exit status and stderr after a kill"
diff -r one w/one/outputs

# Inputs and outputs of one run are under one lock.
download -o v --inputs --outputs one
expect "$code $err" "0 " "exit status and stderr of both"
diff -r one v/one/inputs/artifacts
