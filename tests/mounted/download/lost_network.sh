#!/bin/bash
# When the network is lost, complete files stay and the others are named; the next run goes on.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

size=$((16 << 20))
mkdir -p "$work/in"
head -c 5000 /dev/urandom >"$work/in/a-first"
for name in b-large c-large; do
    head -c $size /dev/urandom >"$work/in/$name"
done
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
service
cd "$work"
outputs=inductiva_output/one/outputs

# Everything behind the middle of the second large file is lost.
fault '{"match": {"kind": "object", "range_from_at_least": '$((size + (size / 2)))'}, "skip": 1, "action": "drop"}'
download --timeout 1 one
expect "$code" 1 "exit status"
expect_match "$(<err)" "taskfs-download: cannot download 'c-large' of task 'one': " "what is not there"
expect "$(tail -n 1 err)" "taskfs-download: 1 of 3 files are not there: the same command tries again" "how many"
expect "$(ls -A $outputs | xargs)" "a-first b-large" "complete files"
cmp in/b-large $outputs/b-large
had=$(stat -c %s inductiva_output/one/.outputs.part/*)
((had >= 1 << 20)) || fail "only $had bytes of the other file are left"
clear_faults

mark
download one
expect "$code $err" "0 " "exit status and stderr of the next run"
expect_match "$out" "^3 files .*, 2 of them were there already" "the next run"
diff -r in $outputs
fetched=$(bytes_fetched)
((fetched <= size - had + (2 << 20))) || fail "$fetched bytes fetched, $had of $size were there"
expect "$(ls -A inductiva_output/one)" outputs "nothing else is left"

# A service that is not there at all.
stop_emulator
download --timeout 1 -o w one
expect "$code" 1 "exit status without a service"
expect_match "$err" "taskfs-download: task 'one': the service did not answer in time: try again" "without a service"
[[ ! -e w ]]
