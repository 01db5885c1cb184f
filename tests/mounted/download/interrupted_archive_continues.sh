#!/bin/bash
# --zip goes on with what an earlier run has left of the archive, if it is of this archive.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

size=$((16 << 20))
mkdir -p "$work/in"
head -c $size /dev/urandom >"$work/in/large"
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
service
cd "$work"
part=w/one/.output.zip.part

has_part() { (($(stat -c %s "$part" 2>/dev/null || echo 0) > 4 << 20)); }

# The archive's end is looked at first.
fault '{"match": {"kind": "object", "range_from_at_least": '$((size / 2))'}, "skip": 1, "action": "stall", "after": 0}'
begin_download -o w --zip one
eventually 10 has_part
eventually 10 has_stalled
kill -TERM "$begun"
expect_end 143
expect "$(<err)" "taskfs-download: interrupted: the same command continues from here" "what it says"
clear_faults
had=$(stat -c %s "$part")
mark
download -o w --zip one
expect "$code $err" "0 " "exit status and stderr of the second run"
cmp "$root/one/output.zip" w/one/output.zip
expect "$(ls -A w/one)" output.zip "nothing else is left"
fetched=$(bytes_fetched)
((fetched <= size - had + (3 << 20))) || fail "$fetched bytes fetched, $had of $size were there"

# wrong_part FILTER: what is left of another archive is not gone on with.
wrong_part() {
    rm w/one/output.zip
    head -c $((5 << 20)) "$root/one/output.zip" | $1 >"$part"
    download -o w --zip one
    expect "$code $err" "0 " "exit status and stderr of --zip over a wrong part"
    cmp "$root/one/output.zip" w/one/output.zip
}
other_start() {
    printf x
    tail -c +2
}
other_end() {
    head -c $(((5 << 20) - 1))
    printf x
}
wrong_part other_start
wrong_part other_end
wrong_part cat
