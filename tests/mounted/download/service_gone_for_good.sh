#!/bin/bash
# When the service has gone for good, a download of many files does not wait for each of them.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

# Few of them in a range.
mkdir -p "$work/in"
for n in {100..499}; do
    head -c 300000 /dev/urandom >"$work/in/$n"
done
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
task two
cp "$root/one/output.zip" "$root/two/output.zip"
service
cd "$work"

fault '{"match": {"kind": "object"}, "skip": 12, "action": "drop"}'
start=$SECONDS
download --timeout 1 -t one -t two
expect "$code" 1 "exit status"
expect_match "$err" "taskfs-download: nothing comes from the service any more: the rest is left out" "why it gives up"
expect "$(grep -c 'nothing comes' err)" 1 "how often it says so"
((SECONDS - start < 40 * slower)) || fail "it went on for $((SECONDS - start)) s"
expect_match "$err" " of 400 files are not there: the same command tries again" "what is left"
clear_faults

download -t one -t two
expect "$code $err" "0 " "exit status and stderr of the next run"
diff -r in inductiva_output/one/outputs
diff -r in inductiva_output/two/outputs
