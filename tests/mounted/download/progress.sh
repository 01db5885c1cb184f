#!/bin/bash
# A terminal sees files, bytes, rate and time left in one line; else there is a line every 10 s.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

mkdir "$work/in"
for name in a b c; do
    head -c 100000 /dev/urandom >"$work/in/$name"
done
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
service
cd "$work"

cr=$'\r' fetched='[0-9.]+ KB fetched'
full="100%  300\\.00 KB of 300\\.00 KB  [0-9.]+ [KMG]?B/s  00:00  3/3 files  $fetched"
on_terminal() { # COLUMNS ARGUMENT...
    code=0
    script -qefc "stty cols $1; ${prefix[*]} '$TASKFS_DOWNLOAD' ${*:2}" typescript >out 2>&1 </dev/null || code=$?
    out=$(<out)
}
on_terminal 120 -o w0 one
expect "$code" 0 "exit status on a terminal"
expect_match "$out" "$cr\\[#{4,40}\\] $full" "the line"
on_terminal 80 -o w1 one
expect_match "$out" "$cr$full" "the line on a smaller terminal"
on_terminal 30 -o w2 one
expect_match "$out" "$cr"'100%  300.00 KB of 300.00 KB '$'\e' "the line on a very small terminal"
rm -r w2
expect "$(wc -l <out)" 2 "lines on a terminal"
# The line of a task takes the place of what is drawn, and does not come behind it.
fault '{"match": {"kind": "object"}, "skip": 1, "count": 1, "action": "delay", "seconds": 1}'
on_terminal 80 -o w2 one
expect_match "$out" "KB fetched.*$cr"$'\e\\[K'"3 files \\(300\\.00 KB\\) of task 'one' are in 'w2/one/outputs'" "the task"
clear_faults
rm -r w2
for option in -q --quiet --json; do
    on_terminal 80 $option -o w2 one
    if [[ $out == *%* || $out == *'#'* ]]; then
        fail "progress with $option: $out"
    fi
    rm -r w2
done
# A message does not end up in the middle of the line.
rm w1/one/outputs/b
echo mine >w1/one/outputs/a
on_terminal 80 -o w1 one
expect "$code" 1 "exit status on a terminal over an edited file"
expect_match "$out" $'(^|[\r\n]|\e\\[K)'"taskfs-download: 'w1/one/outputs/a' differs" "a message"

# Without a terminal: nothing in a short run, and then a line every 10 s.
download -o w3 one
expect "$code $err" "0 " "stderr of a short run"
mkdir -p w4/one/outputs w5/one/outputs # so that nothing is fetched beside the directory
fault '{"match": {"kind": "object"}, "skip": 1, "action": "stall", "after": 150000}'
began=$SECONDS
begin_download -o w4 one
"${prefix[@]}" "$TASKFS_DOWNLOAD" -q -o w5 one >quiet.out 2>quiet.err &
quiet=$!
eventually 15 says err %
((SECONDS - began >= 9)) || fail "the first line came after $((SECONDS - began)) s"
clear_faults
expect_end 0
wait "$quiet"
lines=$(grep -c '%' err)
((lines * 10 <= SECONDS - began + 1)) || fail "$lines lines in $((SECONDS - began)) s"
expect_match "$(head -n 1 err)" "^taskfs-download: +[0-9]+%  [0-9.]+ KB of 300\\.00 KB  [0-9.]+ K?B/s  [0-9:]+  [0-3]/3 files  $fetched$" "the line"
expect "$(<quiet.err)" '' "stderr with -q"
