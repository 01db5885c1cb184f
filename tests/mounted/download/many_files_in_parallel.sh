#!/bin/bash
# Thousands of small files, links and large files of several tasks come whole over a bad network.
# tags: concurrent
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

count=$((slower == 1 ? 1000 : 400))
python - "$work" $count <<'END'
import os
import random
import sys
top, count = sys.argv[1], int(sys.argv[2])
random.seed(1)
for task in ("one", "two", "three"):
    for n in range(count):
        folder = f"{top}/{task}/{n % 7}/{n % 5}"
        os.makedirs(folder, exist_ok=True)
        if n % 50 == 0:
            os.symlink(f"../{n % 5}/{n}.txt", f"{folder}/link{n}")
        with open(f"{folder}/{n}.txt", "wb") as file:
            file.write(f"{task} {n}\n".encode() * random.choice((0, 1, 10, 1000)))
    for n in range(3):
        with open(f"{top}/{task}/large{n}", "wb") as file:
            file.write(random.randbytes(2 << 20) + bytes(5 << 20))
END
for id in one two three; do
    mkdir -p "$root/$id"
    (cd "$work/$id" && zip -qry1 "$root/$id/output.zip" .)
    task $id
done
# Stored, so that it can be continued.
(cd "$work/two" && rm "$root/two/output.zip" && zip -qry0 "$root/two/output.zip" .)
service
cd "$work"

fault '[{"match": {"kind": "object"}, "skip": 3, "count": 4, "action": "cut", "after": 100000},
        {"match": {"kind": "object"}, "skip": 9, "count": 2, "action": "status", "code": 503}]'
download -o w -t one -t two -t three
expect "$code $err" "0 " "exit status and stderr"
clear_faults
for id in one two three; do
    diff -r --no-dereference $id "w/$id/outputs"
    expect "$(tree "w/$id/outputs")" "$(tree $id)" "modes, times, links of $id"
    expect "$(ls -A "w/$id")" outputs "nothing else is left"
done

# Interrupted at some moment, and continued.
for files in 10 200; do
    rm -rf w
    begin_download -o w -t one -t two -t three
    has_files() { (($(find w -type f 2>/dev/null | wc -l) >= files)) || ! is_running "$begun"; }
    eventually 30 has_files
    kill -INT "$begun" 2>/dev/null || :
    status=0
    reap "$begun" $((10 * slower))
    [[ $status == 130 || $status == 0 ]] || fail "exit status $status of an interrupted run"
    # Whatever has its name is complete.
    for id in one two three; do
        differ=$(diff -rq --no-dereference $id "w/$id/outputs" 2>/dev/null | grep -v "^Only in $id" || :)
        expect "$differ" '' "files of $id that have their names and are not complete"
    done
    download -o w -t one -t two -t three
    expect "$code $err" "0 " "exit status and stderr of the next run"
    for id in one two three; do
        diff -r --no-dereference $id "w/$id/outputs"
        expect "$(tree "w/$id/outputs")" "$(tree $id)" "modes, times, links of $id, continued"
    done
done
