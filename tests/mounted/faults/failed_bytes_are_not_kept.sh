#!/bin/bash
# A byte flipped on the way gives EIO; the next reading fetches again and is right.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 3000000 /dev/urandom >"$work/in/noise.bin"
seq 1 200000 >"$work/in/text"
for writer in stored zipfile; do
    task "$writer"
    python "$archives/writers.py" "$writer" "$root/$writer/output.zip" "$work/in"
done
emulator
mount
noise_allowed=yes

for id in stored zipfile; do
    ls -lR "$mnt/$id/outputs" >/dev/null
    fault "{\"match\": {\"kind\": \"object\", \"task\": \"$id\"}, \"action\": \"flip\", \"at\": 300000}"
    for name in noise.bin text; do
        python - "$mnt/$id/outputs/$name" "$work/in/$name" <<'PY'
import errno, os, sys
size, total = os.stat(sys.argv[1]).st_size, 0
good = open(sys.argv[2], "rb").read()
fd = os.open(sys.argv[1], os.O_RDONLY)
data = b""
try:
    while piece := os.read(fd, 65536):
        data += piece
except OSError as error:
    assert error.errno == errno.EIO, error
    assert len(data) < size, "all was delivered before the error"
else:
    assert data == good, f"wrong bytes of {sys.argv[1]}, and no error"
PY
    done
    (($(fault_hits) > 0)) || fail "no byte was flipped"
    clear_faults
    diff -r "$work/in" "$mnt/$id/outputs"
done
