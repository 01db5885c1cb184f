#!/bin/bash
# What was read of a member while a lie was told is not taken for right by who reads the rest of it.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 3000000 /dev/urandom >"$work/in/noise.bin"
seq 1 400000 >"$work/in/text"
for writer in stored zipfile; do
    task "$writer"
    python "$archives/writers.py" "$writer" "$root/$writer/output.zip" "$work/in"
done
emulator
mount -o cache_size=8M
noise_allowed=yes

# Reads a file to its end: bytes are right, or there is an error.
read_whole() {
    python - "$1" "$2" <<'PY'
import errno, sys
try:
    data = open(sys.argv[1], "rb").read()
except OSError as error:
    assert error.errno == errno.EIO, error
    print("EIO")
else:
    assert data == open(sys.argv[2], "rb").read(), f"wrong bytes of {sys.argv[1]}, and no error"
    print("ok")
PY
}

for id in stored zipfile; do
    ls -lR "$mnt/$id/outputs" >/dev/null
    fault "{\"match\": {\"kind\": \"object\", \"task\": \"$id\"}, \"action\": \"flip\", \"at\": 3001000}"
    for name in noise.bin text; do
        head -c 131072 "$mnt/$id/outputs/$name" >/dev/null
        head -c 131072 "$mnt/$id/outputs/$name" | cmp -n 131072 - "$work/in/$name" || echo "a part of $id/$name is wrong, as it may be"
    done
    (($(fault_hits) > 0)) || fail "no byte was flipped"
    clear_faults
    for name in noise.bin text; do
        read_whole "$mnt/$id/outputs/$name" "$work/in/$name" >"$work/outcome" || fail "wrong bytes of $id/$name"
        cat "$work/outcome"
    done
    diff -r "$work/in" "$mnt/$id/outputs"
done
