#!/bin/bash
# --json prints an object for each file and one for each task, and nothing else.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

mkdir -p "$work/in/sub"
printf a >"$work/in/quote\"back\\slash"
printf bb >"$work/in/sub/ünï"
printf ccc >"$work/in/"$'control\x01\nline'
head -c 100000 /dev/urandom >"$work/in/f"
mkdir -p "$root/one" "$root/two"
(cd "$work/in" && zip -qr "$root/one/output.zip" .)
task one
mkdir "$work/half"
for n in 1 2 3; do
    head -c 50000 /dev/urandom >"$work/half/f$n"
done
python "$archives/writers.py" stored "$root/two/output.zip" "$work/half"
task two
task running '{"status": "computation-started"}'
service
cd "$work"

files() { jq -c 'select(.file) | [.task, .what, .file, .result, .bytes]' out | LC_ALL=C sort; }
tasks() { jq -c 'select(.file | not) | [.task, .what, .status, .result, .files, .downloaded, .present, .left, .failed]' out; }

download --json -o w one
expect "$code $err" "0 " "exit status and stderr"
expect "$(files)" '["one","outputs","control\u0001\nline","downloaded",3]
["one","outputs","f","downloaded",100000]
["one","outputs","quote\"back\\slash","downloaded",1]
["one","outputs","sub/ünï","downloaded",2]' "files"
expect "$(tasks)" '["one","outputs","success","complete",4,4,0,0,0]' "the task"
expect "$(tail -n 1 out | jq -c '[.place, .bytes]')" '["w/one/outputs",100006]' "the task's place and bytes"
wire=$(unzip -v "$root/one/output.zip" | awk 'END { print $2 }')
expect "$(tail -n 1 out | jq .wire)" "$wire" "bytes over the wire"
expect "$(wc -l <out)" 5 "lines"

echo mine >w/one/outputs/f
rm "w/one/outputs/sub/ünï"
download --json -o w one
expect "$code" 1 "exit status over an edited file"
expect "$(files)" '["one","outputs","control\u0001\nline","present",3]
["one","outputs","f","left",0]
["one","outputs","quote\"back\\slash","present",1]
["one","outputs","sub/ünï","downloaded",2]' "files over an edited one"
expect "$(jq -r 'select(.result == "left").why' out)" "it differs from the original" "why a file is left"
expect "$(tasks)" '["one","outputs","success","incomplete",4,1,2,1,0]' "the task over an edited file"

offset=$(python -c 'import sys; print(open(sys.argv[1], "rb").read().find(open(sys.argv[2], "rb").read()))' \
    "$root/two/output.zip" half/f2)
fault '{"match": {"kind": "object", "task": "two"}, "action": "flip", "at": '$((offset + 20000))'}'
download --json -o w -t two -t running -t nope
expect "$code" 1 "exit status with failures"
clear_faults
expect "$(files)" '["two","outputs","f1","downloaded",50000]
["two","outputs","f2","failed",50000]
["two","outputs","f3","downloaded",50000]' "files, one of them damaged"
expect "$(jq -r 'select(.result == "failed" and .file).why' out)" "Input/output error" "why a file has failed"
expect "$(tasks | LC_ALL=C sort)" '["nope","outputs",null,"failed",0,0,0,0,0]
["running","outputs","computation-started","failed",0,0,0,0,0]
["two","outputs","success","incomplete",3,2,0,0,1]' "the tasks"
expect "$(jq -r 'select(.task == "nope").why' out)" "task 'nope': the service has no such task" "why a task has failed"

download --json -o w --zip two
expect "$code $err" "0 " "exit status and stderr of --zip"
expect "$(jq -c '[.task, .what, .result, .place, .bytes, .wire]' out)" \
    '["two","archive","complete","w/two/output.zip",'"$(stat -c '%s,%s' "$root/two/output.zip")]" "the archive"
download --json -o w one nope
expect "$code $(tasks)" '1 ["one","outputs","success","failed",0,0,0,0,0]' "a file that is not there"
