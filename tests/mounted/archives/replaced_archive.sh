#!/bin/bash
# Two versions of an archive never mix: ESTALE for what is open, a new tree for what is opened.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/versions.sh"
python - "$mnt/one/outputs/big.bin" "$work/opened" "$work/replaced" <<'PY' &
import errno, os, sys, time
path, opened, replaced = sys.argv[1:]
fd = os.open(path, os.O_RDONLY)
assert os.pread(fd, 100, 0) == b"A" * 100
open(opened, "w").close()
deadline = time.monotonic() + 30
while not os.path.exists(replaced) and time.monotonic() < deadline:
    time.sleep(0.02)
try:
    for at in range(20 << 20, 24 << 20, 1 << 20):
        data = os.pread(fd, 4096, at)
        assert data == b"A" * 4096, "other bytes than those of the version that was opened"
except OSError as error:
    if error.errno != errno.ESTALE:
        sys.exit(f"{error} instead of ESTALE")
    with open(path, "rb") as again:
        sys.exit(0 if again.read(100) == b"B" * 100 else "the next open gives the old version")
sys.exit("reading the old version goes on")
PY
reader=$!
eventually 20 test -e "$work/opened" || fail "the reader did not open"
pack_another
touch "$work/replaced"
status=0
reap "$reader" 30
expect "$status" 0 "status of the reader"
expect_another
