#!/bin/bash
# After an EIO for bytes that were wrong on the way, the very next open of the name reads them anew,
# and whoever has the file open as it was gets no byte more.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir -p "$work/in/d"
for n in 1 2 3 4; do
    head -c 20000 /dev/urandom >"$work/in/d/small$n"
done
seq 1 200000 >"$work/in/d/large"
for writer in stored zipfile; do
    task "$writer"
    python "$archives/writers.py" "$writer" "$root/$writer/output.zip" "$work/in"
done
emulator
mount
noise_allowed=yes

for id in stored zipfile; do
    ls -lR "$mnt/$id/outputs" >/dev/null
    fault "{\"match\": {\"kind\": \"object\", \"task\": \"$id\"}, \"action\": \"flip\", \"at\": 200, \"count\": 1}"
    python - "$mnt/$id/outputs/d" "$work/in/d" <<'PY'
import errno, os, sys
mounted, original = sys.argv[1:]
failed = 0
for name in sorted(os.listdir(original)):
    path = os.path.join(mounted, name)
    with open(os.path.join(original, name), "rb") as file:
        expected = file.read()
    fd = os.open(path, os.O_RDONLY)
    try:
        while os.read(fd, 4096):
            pass
    except OSError as error:
        assert error.errno == errno.EIO, error
        failed += 1
        with open(path, "rb") as file:
            assert file.read() == expected, f"{name} after the failure"
        try:
            os.pread(fd, 4096, 0)
            sys.exit(f"what is damaged in {name} is read")
        except OSError as error:
            assert error.errno == errno.EIO, error
    os.close(fd)
assert failed == 1, f"{failed} files failed"
PY
    clear_faults
done
