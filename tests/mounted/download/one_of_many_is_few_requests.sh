#!/bin/bash
# One named file of 6 KB out of ten thousand costs five requests at most, and few bytes.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

mkdir -p "$root/one"
python - "$root/one/output.zip" <<'END'
import sys
import zipfile
with zipfile.ZipFile(sys.argv[1], "w") as out:
    for n in range(10000):
        out.writestr(f"artifacts/{n // 100:03d}/{n:05d}.txt", f"{n:05d}\n" * 1000)
END
task one
service
cd "$work"

download -o w one 050/05012.txt
expect "$code $err" "0 " "exit status and stderr"
expect "$(find w -type f)" w/one/outputs/050/05012.txt "what is there"
expect "$(sort -u w/one/outputs/050/05012.txt) $(wc -l <w/one/outputs/050/05012.txt)" "05012 1000" "the file"
expect_requests 1 kind=task
expect_requests 1 kind=signed-url
expect_requests 1-3 kind=object
expect_requests 3-5
directory=$(($(stat -c %s "$root/one/output.zip") - $(python -c 'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).start_dir)' "$root/one/output.zip")))
((directory * 2 + (256 << 10) >= $(bytes_fetched))) || fail "$(bytes_fetched) bytes, with a directory of $directory"

# A folder of a hundred files is one range.
mark
download -o w one 051
expect "$code $(find w/one/outputs/051 -type f | wc -l)" "0 100" "files of a folder"
expect_requests 3-5
