#!/bin/bash
# When the archive is replaced during a download, its files never mix with those of the new one.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

size=$((48 << 20))
day=5
for version in old new; do
    mkdir "$work/$version"
    head -c 1000 /dev/urandom >"$work/$version/a-small"
    head -c $size /dev/urandom >"$work/$version/b-large"
    head -c 200000 /dev/urandom >"$work/$version/c-last"
    touch -d "2026-01-0$((day++))" "$work/$version"/*
    python "$archives/writers.py" stored "$work/$version.zip" "$work/$version"
done
task one
cp "$work/old.zip" "$root/one/output.zip"
service
cd "$work"
outputs=w/one/outputs

replace() {
    cp "$1" "$root/one/.new"
    mv "$root/one/.new" "$root/one/output.zip"
}
is_new_or_old() { # VERSION NAME
    cmp "$1/$2" "$outputs/$2"
}

# Most of the large file is held back until there is another archive of the same size.
fault '{"match": {"kind": "object", "range_from_at_least": '$((size / 4))'}, "skip": 1, "action": "stall", "after": 0}'
begin_download -o w one
eventually 10 has_stalled
eventually 10 test -e $outputs/a-small
replace new.zip
clear_faults
status=0
reap "$begun" 30
expect "$status" 1 "exit status"
expect_match "$(<err)" "taskfs-download: cannot download 'b-large' of task 'one': the archive was replaced: try again" "what it says"
is_new_or_old old a-small
[[ ! -e $outputs/b-large ]]

# The next run takes the new one; what is there of the old one is a file that differs.
download -o w one
expect "$code" 1 "exit status of the next run"
expect_match "$err" "'$outputs/a-small' differs from the original, and is left alone" "the old file"
is_new_or_old new b-large
download -f -o w one
expect "$code $err" "0 " "exit status and stderr with --force"
diff -r new $outputs
expect "$(ls -A w/one)" outputs "nothing else is left"

# The same of the archive as it is.
fault '{"match": {"kind": "object", "range_from_at_least": '$((size / 4))'}, "skip": 1, "action": "stall", "after": 0}'
begin_download -o w --zip one
eventually 10 has_stalled
replace old.zip
clear_faults
status=0
reap "$begun" 30
expect "$status" 1 "exit status of --zip"
expect_match "$(<err)" "the archive of task 'one' is not complete \\(it was replaced while it was read: try again\\)" "what --zip says"
[[ ! -e w/one/output.zip ]]
download -o w --zip one
expect "$code $err" "0 " "exit status and stderr of the next --zip"
cmp old.zip w/one/output.zip
