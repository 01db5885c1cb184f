#!/bin/bash
# Archives by 7zz to a pipe, zip, zipfile on files and pipes, stream_zip: every byte.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/writers.py" sample "$work/in"
writers=(7zz zip zipfile zipfile-pipe stored stream_zip)
for writer in "${writers[@]}"; do
    id=${writer//[-_]/}
    task "$id"
    python "$archives/writers.py" "$writer" "$root/$id/output.zip" "$work/in"
done
emulator
mount

for writer in "${writers[@]}"; do
    outputs=$mnt/${writer//[-_]/}/outputs
    diff -r "$work/in" "$outputs" || fail "$writer: the files differ"
    expect "$(cd "$outputs" && find . | sort)" "$(cd "$work/in" && find . | sort)" "names by $writer"
    [[ $writer == 7zz || -x $outputs/run.sh ]] || fail "$writer: run.sh is not executable"
done
