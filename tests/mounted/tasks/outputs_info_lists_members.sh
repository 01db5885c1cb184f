#!/bin/bash
# outputs_info: archive size, totals, a header, one line a member; empty without an archive.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir -p "$work/in/sub"
head -c 262000 /dev/zero >"$work/in/zeros.bin"
printf 'text\n' >"$work/in/sub/a file.txt"
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
task queued '{"status": "submitted"}'
emulator
mount

info=$mnt/one/outputs_info
size=$(stat -c %s "$root/one/output.zip")
expect "$(head -n 1 "$info")" "Archive size: $((size / 1000)).$(printf %02d $(((size % 1000 + 5) / 10))) KB" "line 1"
grep -qx 'Contents:' "$info" || fail "no 'Contents:'"
grep -qE '^ *Size +Compressed +Name$' "$info" || fail "no header line"
expect "$(grep -cE 'zeros.bin$' "$info")" 1 "lines of zeros.bin"
grep -qE '262\.00 KB +262\.00 KB +zeros\.bin$' "$info" || fail "zeros.bin: $(grep zeros "$info")"
grep -qE '5 B +5 B +sub/a file\.txt$' "$info" || fail "a file.txt: $(grep 'a file' "$info")"
if grep -q 'Not shown:' "$info"; then fail "nothing is hidden here"; fi
expect "$(wc -c <"$mnt/queued/outputs_info")" 0 "bytes for a task without an archive"
