#!/bin/bash
# A path that fits the archive but, below DIR, no system call is made; a longer one is counted.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

part=$(printf 'd%.0s' {1..250})
path=$(printf "$part/%.0s" {1..16})f # 4017 bytes
mkdir -p "$root/one" "$root/two"
for id in one two; do
    python - "$root/$id/output.zip" "$path" "$part" "$id" <<'END'
import sys
from builder import Member, archive
name = "artifacts/" + (sys.argv[2] if sys.argv[4] == "one" else f"{sys.argv[3]}/{sys.argv[2]}")
with open(sys.argv[1], "wb") as out:
    out.write(archive([Member("artifacts/beside.txt", b"beside\n"), Member(name, b"deep\n")]))
END
    task $id
done
service
cd "$work"
mkdir -p "w/$part"
content() { find w -name f -execdir cat {} \;; }

# Together with DIR, the path has more than the 4096 bytes of PATH_MAX.
download -o "w/$part" one
expect "$code $err" "0 " "exit status and stderr"
expect "$(content) $(<"w/$part/one/outputs/beside.txt")" "deep beside" "the files"
download -o "w/$part" one
expect "$code $err" "0 " "exit status and stderr of doing it again"
expect_match "$out" "2 of them were there already$" "doing it again"
find w -name f -execdir rm {} \;
download -o "w/$part" one "$path"
expect "$code $err" "0 " "exit status and stderr of the long name"
expect "$(content)" deep "the file, by its name"

download -o v two
expect "$code" 0 "exit status for a path that nothing can show"
expect "$err" "taskfs-download: 1 of the archive's entries cannot be shown as files: --zip copies it all" "what it says of it"
expect "$(ls -A v/two/outputs)" beside.txt "the rest"
