#!/bin/bash
# A program that has opened a file is told its size, even if another one lists the directory then.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"

machine one
for i in 1 2 3; do echo "text $i" >"$work/one/f$i"; done
emulator
start_machines one
mount -o "live_program=$fake"

python3 - "$mnt/one/live" <<'END'
import os
import subprocess
import sys

live = sys.argv[1]
assert sorted(os.listdir(live)) == ["f1", "f2", "f3"]
assert os.stat(f"{live}/f1").st_size == 0, "the size that whoever lists is told"
fd = os.open(f"{live}/f2", os.O_RDONLY)
subprocess.run(["ls", live], stdout=subprocess.DEVNULL, check=True)
assert os.fstat(fd).st_size == 6, f"an open file has {os.fstat(fd).st_size} bytes"
END
