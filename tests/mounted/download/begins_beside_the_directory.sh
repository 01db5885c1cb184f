#!/bin/bash
# A download of a whole archive to an empty place fetches the start of the archive while the
# directory is still arriving.
# One that wants a part, or finds files that are there already, fetches no byte that it does not
# need.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

mkdir -p "$root/one"
python - "$root/one/output.zip" <<'END'
import random
import sys
import zipfile
random.seed(7)
with zipfile.ZipFile(sys.argv[1], "w") as out:
    for n in range(600):
        out.writestr(f"artifacts/{n:03d}.bin", random.randbytes(10000))
END
archive=$(stat -c %s "$root/one/output.zip")
unzip -q "$root/one/output.zip" -d "$work/right"
task one
service
cd "$work"

# heads: requests for bytes of the first million.
heads() {
    settle
    tail -n +$((marked_line + 1)) "$request_log" |
        jq -s '[.[] | select(.kind == "object") | .range | select(test("^bytes=[0-9]{1,6}-"))] | length'
}

# While the directory does not arrive, data does.
fault '{"match": {"kind": "object", "range_from_at_least": '$((archive - 100000))'}, "action": "stall", "after": 1000, "count": 1}'
begin_download -o w one
eventually 10 has_stalled
eventually 10 grep -q '"range":"bytes=0-' "$request_log"
expect "$(waiting_requests)" 1 "requests that are held"
clear_faults
expect_end 0
diff -r right/artifacts w/one/outputs
fetched=$(bytes_fetched)
((fetched >= archive && fetched <= archive + archive / 10)) || fail "$fetched bytes fetched of $archive"

# What is there already is not fetched, nor what was not asked for.
mark
download -o w one
expect "$code $(heads)" "0 0" "of a download that is complete: exit status, requests for data"
rm w/one/outputs/000.bin
mark
download -o w one
expect "$code" 0 "exit status"
(($(bytes_fetched) < 500000)) || fail "$(bytes_fetched) bytes fetched for one file"
mark
download -o other one 599.bin
expect "$code $(heads)" "0 0" "of the last file: exit status, requests for the beginning"
mark
download --dry-run -o other2 one
expect "$code $(heads)" "0 0" "of a dry run: exit status, requests for data"
