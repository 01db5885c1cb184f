#!/bin/bash
# du gives what a download costs, du --apparent-size what it fills; nothing looks sparse.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 3000000 /dev/zero >"$work/in/zeros.bin"
head -c 300000 /dev/urandom >"$work/in/noise.bin"
printf x >"$work/in/one.txt"
: >"$work/in/empty"
task one
python "$archives/writers.py" zipfile "$root/one/output.zip" "$work/in"
emulator
mount

python - "$root/one/output.zip" "$mnt/one/outputs" <<'PY'
import os, sys, zipfile
for member in zipfile.ZipFile(sys.argv[1]).infolist():
    path = os.path.join(sys.argv[2], member.filename.split("/", 1)[1])
    status = os.stat(path)
    assert status.st_size == member.file_size, path
    if member.file_size:
        blocks = max(1, -(-member.compress_size // 512))
        assert status.st_blocks == blocks, (path, status.st_blocks, blocks)
        fd = os.open(path, os.O_RDONLY)
        assert os.lseek(fd, 0, os.SEEK_DATA) == 0
        assert os.lseek(fd, 0, os.SEEK_HOLE) == member.file_size
        assert os.lseek(fd, member.file_size // 2, os.SEEK_DATA) == member.file_size // 2
        try:
            os.lseek(fd, member.file_size, os.SEEK_DATA)
            raise AssertionError("SEEK_DATA at the end succeeds")
        except OSError as error:
            assert error.errno == 6, error
        os.close(fd)
PY
apparent=$(du -s --apparent-size -B1 "$mnt/one/outputs/zeros.bin" | cut -f1)
expect "$apparent" 3000000 "du --apparent-size"
(($(du -s -B1 "$mnt/one/outputs/zeros.bin" | cut -f1) < 10000)) || fail "du does not say what it costs"
