#!/bin/bash
# --inputs takes the inputs, with --outputs both; --zip takes the archive as it is.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

archive both artifacts/a.txt text
for id in both in1; do
    mkdir -p "$root/$id"
    python "$archives/writers.py" zipfile "$root/$id/input.zip" sim_dir/case.txt input
done
task in1
task running '{"status": "computation-started"}'
service
cd "$work"

download -o w --inputs both
expect "$code $err" "0 " "--inputs"
expect "$out" "1 file (5 B) of task 'both' are in 'w/both/inputs'" "--inputs"
expect "$(ls -A w/both) $(<w/both/inputs/case.txt)" "inputs input" "inputs"
rm -r w
download -o w --inputs --outputs both
expect "$code $err $(ls -A w/both | xargs)" "0  inputs outputs" "both in one run"
expect "$(wc -l <out) $(<w/both/inputs/case.txt) $(<w/both/outputs/a.txt)" "2 input text" "both"
rm -r w
download -o w --inputs --outputs in1
expect "$code $(ls -A w/in1)" "1 inputs" "both of a task without outputs"
expect "$err" "taskfs-download: task 'in1' (success) has no outputs" "both of a task without outputs"

for archive in output input; do
    option=--${archive}s
    download -o w $option --zip both
    expect "$code $err" "0 " "exit status and stderr of $option --zip"
    expect_match "$out" "^the archive \([0-9]+ B\) is in 'w/both/$archive.zip'$" "$option --zip"
    cmp "w/both/$archive.zip" "$root/both/$archive.zip"
    download -o w $option --zip both
    expect "$code $out" "0 the archive is in 'w/both/$archive.zip' already" "$option --zip again"
done
expect "$(ls -A w/both | xargs)" "input.zip output.zip" "nothing else is there"
rm -r w/both
download -o w --outputs --inputs --zip both
expect "$code $err $(ls -A w/both | xargs)" "0  input.zip output.zip" "both archives in one run"

# fails MESSAGE ARGUMENT...: it says this in one line, and makes nothing.
fails() {
    local message=$1
    shift
    download -o nothing "$@"
    expect "$code $out$err" "1 taskfs-download: $message" "exit status and words of '$*'"
    [[ ! -e nothing ]]
}
yet='yet: it will be there when the task has ended'
fails "task 'running' (computation-started) has no outputs $yet" running
fails "task 'running' (computation-started) has no output archive $yet" --zip running
fails "task 'running' (computation-started) has no inputs" --inputs running
fails "task 'running' (computation-started) has no input archive" --inputs --zip running
fails "task 'in1' (success) has no outputs" in1
fails "task 'in1' (success) has no output archive" --zip in1
fails "task 'nope': the service has no such task" nope
fails "task 'nope': the service has no such task" --zip nope
