#!/bin/bash
# --dry-run says what would come, over the wire and on disk, and makes nothing.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

mkdir -p "$work/in"
head -c 500000 /dev/zero | tr "\0" x >"$work/in/yes"
head -c 100000 /dev/urandom >"$work/in/noise"
mkdir -p "$root/one"
(cd "$work/in" && zip -q "$root/one/output.zip" yes noise)
task one
archive two artifacts/a.txt text
service
cd "$work"
human() { awk -v n="$1" 'BEGIN { if (n < 1000) print n " B"; else printf "%.2f KB", n / 1000 }'; }
wire=$(unzip -v "$root/one/output.zip" | awk 'END { print $2 }')
wire_of_yes=$(unzip -v "$root/one/output.zip" | awk '$NF == "yes" { print $3 }')

download -n -o w one
expect "$code $err" "0 " "exit status and stderr"
expect "$out" "task 'one': 2 files, 2 to download: $(human "$wire") over the wire, 600.00 KB on disk in 'w/one/outputs'" "what it says"
expect_requests 1 kind=object # the archive's directory
[[ ! -e w ]]
download --dry-run -o w -t one -t two
expect "$code $(wc -l <out)" "0 2" "lines for two tasks"
[[ ! -e w ]]

download -o w one noise
listing() { find w -printf '%p %m %s %T@\n' | sort; }
download -n -o w one
expect "$code $err" "0 " "exit status and stderr of what is there in part"
expect "$out" "task 'one': 2 files, 1 to download: $(human "$wire_of_yes") over the wire, 500.00 KB on disk in 'w/one/outputs'; 1 of them are there already" \
    "what is there in part"
echo mine >w/one/outputs/yes
before=$(listing)
download -n -o w one
expect "$code" 1 "exit status over an edited file"
expect "$err" "taskfs-download: 'w/one/outputs/yes' differs from the original, and is left alone: --force replaces it" "an edited file"
expect_match "$out" "^task 'one': 2 files, 0 to download: " "an edited file"
download -n --force -o w one
expect_match "$code $out" "^0 task 'one': 2 files, 1 to download: " "an edited file, with --force"
expect "$(listing)" "$before" "what is there"

# The file names are in the objects of --json.
download -n --force --json -o w one
expect "$(jq -c 'select(.file) | [.file, .result, .bytes]' out)" '["noise","present",100000]
["yes","planned",500000]' "files in JSON"
expect "$(jq -c 'select(.file | not) | [.result, .files, .present, .wire]' out)" "[\"planned\",2,1,$wire_of_yes]" "the task in JSON"

download -n --zip -o v one
zip=$(human "$(stat -c %s "$root/one/output.zip")")
expect "$code $err$out" "0 task 'one': 1 file, 1 to download: $zip over the wire, $zip on disk in 'v/one/output.zip'" "the archive"
[[ ! -e v ]]
download -n -o v nope
expect "$code $out$err" "1 taskfs-download: task 'nope': the service has no such task" "no such task"
