#!/bin/bash
# The inputs have the times that the mount shows, which are local where the archive says no more.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

export TZ='<-03>3' # a rule, so that no time zone files are needed
mkdir -p "$root/one"
python - "$root/one/input.zip" <<'END'
import sys
import zipfile
with zipfile.ZipFile(sys.argv[1], "w") as out:
    out.writestr(zipfile.ZipInfo("sim_dir/july.txt", (2025, 7, 1, 12, 0, 0)), "text")
    out.writestr(zipfile.ZipInfo("sim_dir/sub/", (2025, 12, 1, 12, 0, 0)), "")
    out.writestr(zipfile.ZipInfo("sim_dir/sub/december.txt", (2025, 12, 1, 12, 0, 0)), "text")
END
cp "$root/one/input.zip" "$root/one/output.zip"
task one
service
mount
cd "$work"

download -o w --inputs --outputs one
expect "$code $err" "0 " "exit status and stderr"
for what in inputs outputs; do
    listing() { find "$1" -mindepth 1 -printf '%P %m %T@ %y\n' | grep -v '^sim_dir 755' | sort; }
    expect "$(listing "w/one/$what")" "$(listing "$mnt/one/$what")" "$what"
done
expect "$(TZ=UTC stat -c %y w/one/inputs/july.txt)" "2025-07-01 15:00:00.000000000 +0000" "a local time"
