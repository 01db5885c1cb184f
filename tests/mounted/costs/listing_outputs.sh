#!/bin/bash
# ls -lR outputs: a signed URL, the tail of the archive, and the rest of the directory where it is
# large.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task few
python "$archives/writers.py" zipfile "$root/few/output.zip" artifacts/a 1 artifacts/b/c 2
task many
python - "$root/many/output.zip" <<'PY'
import sys
from builder import Member, archive
open(sys.argv[1], "wb").write(archive(
    [Member(f"artifacts/a_folder_with_a_long_name/{i:06d}.txt", b"%05d\n" % i) for i in range(20000)]))
PY
emulator
mount
ls "$mnt" >/dev/null

for id in few many; do
    ranges=1
    [[ $id == few ]] || ranges=2
    mark
    ls -lR "$mnt/$id/outputs" >/dev/null
    expect_requests 0 kind=task # the listing has told all of it
    expect_requests 1 kind=signed-url
    expect_requests "$ranges" kind=object
    expect_requests $((1 + ranges))
    mark
    ls -lR "$mnt/$id/outputs" >/dev/null
    find "$mnt/$id/outputs" -size +1k >/dev/null
    expect_requests 0
done
