#!/bin/bash
# output.zip and input.zip are the very bytes: cmp, unzip -t, 7zz t, ranges.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/writers.py" sample "$work/in"
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
python "$archives/writers.py" --top=sim_dir zipfile "$root/one/input.zip" "$work/in"
emulator
mount

unzip -tqq "$mnt/one/output.zip"
7zz t -bd "$mnt/one/output.zip" >/dev/null
for name in output.zip input.zip; do
    cmp "$mnt/one/$name" "$root/one/$name"
    expect "$(stat -c %s "$mnt/one/$name")" "$(stat -c %s "$root/one/$name")" "size"
done
cmp <(tail -c 100000 "$mnt/one/output.zip") <(tail -c 100000 "$root/one/output.zip")
