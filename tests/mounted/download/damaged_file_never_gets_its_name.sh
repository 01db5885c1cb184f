#!/bin/bash
# A file that arrives damaged never gets its name, its siblings do; and the next run mends it.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

mkdir -p "$work/in"
for n in 1 2 3; do
    head -c 200000 /dev/urandom >"$work/in/f$n"
done
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
offset=$(python -c 'import sys; print(open(sys.argv[1], "rb").read().find(open(sys.argv[2], "rb").read()))' \
    "$root/one/output.zip" "$work/in/f2")
service
cd "$work"
outputs=inductiva_output/one/outputs

fault '{"match": {"kind": "object"}, "action": "flip", "at": '$((offset + 150000))'}'
download one
expect "$code" 1 "exit status with a damaged file"
expect_match "$err" "taskfs-download: cannot download 'f2' of task 'one': " "the damaged file"
expect_match "$err" "taskfs-download: 1 of 3 files are not there: the same command tries again" "how many"
expect_match "$out" "^2 of 3 files " "the rest"
expect "$(ls -A $outputs | xargs)" "f1 f3" "its siblings"
cmp in/f1 $outputs/f1
cmp in/f3 $outputs/f3
clear_faults

mark
download one
expect "$code $err" "0 " "exit status once it is right again"
diff -r in $outputs
expect "$(ls -A inductiva_output/one)" outputs "nothing else is left"
fetched=$(bytes_fetched)
((fetched < 350000)) || fail "$fetched bytes fetched for a file of 200000"
