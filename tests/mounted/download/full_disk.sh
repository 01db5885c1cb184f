#!/bin/bash
# A full disk is reported once; complete files stay, and the next run goes on.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

unshare -rm true 2>/dev/null || skip "no user namespaces here"
mkdir -p "$work/in"
for n in 1 2 3; do
    head -c 200000 /dev/urandom >"$work/in/f$n"
done
head -c 1500000 /dev/urandom >"$work/in/large"
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
archive two artifacts/a.txt text
service
cd "$work"

# The small disk is in a namespace of its own, which goes on with more room.
mkdir small
export TASKFS_DOWNLOAD in="$work/in"
code=0
# shellcheck disable=SC2016 # for the inner shell
unshare -m ${UID:+$([[ $UID == 0 ]] || echo -r)} bash -c '
    set -e
    mount -t tmpfs -o size=500k none small
    run() { # NAME ARGUMENT...
        local status=0 name=$1
        shift
        "${prefix[@]}" "$TASKFS_DOWNLOAD" -o small "$@" >$name.out 2>$name.err || status=$?
        echo $status >$name.code
    }
    prefix=("$@")
    run first one f2
    run full one
    for file in small/one/outputs/*; do
        cmp "$in/${file##*/}" "$file"
    done
    ls small/one/outputs >names
    run archive --zip one
    test ! -e small/one/output.zip
    mount -o remount,size=8m small
    run more one
    diff -r "$in" small/one/outputs
    ls -A small/one >rest' bash "${prefix[@]}" || code=$?
expect "$code" 0 "the namespace"
full="taskfs-download: no space is left in 'small': complete files stay"
expect "$(<first.code)" 0 "exit status of a file that fits"
expect "$(<full.code)" 1 "exit status on a full disk"
there=$(wc -l <names)
expect "$(<full.err)" "$full
taskfs-download: $((4 - there)) of 4 files are not there: the same command tries again" "a full disk"
expect_match "$(<full.out)" "^$there of 4 files .*, 1 of them were there already$" "what is there"
expect "$(<archive.code) $(<archive.err)" "1 $full" "--zip on a full disk"
expect "$(<more.code) $(<more.err)" "0 " "exit status and stderr with more room"
expect_match "$(<more.out)" "^4 files .*, $there of them were there already$" "the next run"
expect "$(sort rest | xargs)" ".output.zip.part outputs" "what else is left"
