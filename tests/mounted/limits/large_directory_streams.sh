#!/bin/bash
# A directory of 100,000 files is given out as it is read, in archive order, and never built in
# memory.
# tags: alone
. "${TEST_LIB:?run me with tests/run}/lib.sh"

resident() { # KEY: of the daemon, KiB
    awk -v key="$1:" '$1 == key { print $2 }' "/proc/$taskfs_pid/status"
}

task one
python "$archives/many.py" "$root/one/output.zip" 100000 100000
emulator
mount
errno_of stat "$mnt/one/outputs/0000/0099999.txt" >"$work/ok"
expect "$(<"$work/ok")" ok "the last file"
before=$(resident VmRSS)
echo 5 >"/proc/$taskfs_pid/clear_refs" # the peak is counted from here on

python - "$mnt/one/outputs/0000" <<'PY'
import os, sys
names = [entry.name for entry in os.scandir(sys.argv[1])]
assert names == [f"{i:07d}.txt" for i in range(100000)], f"{len(names)} names, {names[:3]} ..."
PY
# With attributes the entries are 16 MB. A sanitizer keeps what was freed for a while.
grown=$(($(resident VmHWM) - before))
((grown <= (slower == 1 ? 3000 : 60000))) || fail "listing it took $grown KiB"
