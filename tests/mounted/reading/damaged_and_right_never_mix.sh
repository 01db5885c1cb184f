#!/bin/bash
# Who has read wrong bytes of a member gets EIO before its end, also when others have it right by
# then.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
seq 1 400000 >"$work/in/text"
for writer in stored zipfile; do
    task "$writer"
    python "$archives/writers.py" "$writer" "$root/$writer/output.zip" "$work/in"
done
emulator
mount
noise_allowed=yes

for id in stored zipfile; do
    ls -lR "$mnt/$id/outputs" >/dev/null
    fault "{\"match\": {\"kind\": \"object\", \"task\": \"$id\"}, \"action\": \"flip\", \"at\": 60000}"
    python - "$mnt/$id/outputs/text" "$work/in/text" "$work/$id" <<'PY' &
import errno, os, sys, time
path, good, name = sys.argv[1:]
fd = os.open(path, os.O_RDONLY)
data = os.read(fd, 131072)
open(name + ".begun", "w").close()
deadline = time.monotonic() + 40
while not os.path.exists(name + ".go") and time.monotonic() < deadline:
    time.sleep(0.02)
try:
    while part := os.read(fd, 131072):
        data += part
except OSError as error:
    sys.exit(0 if error.errno == errno.EIO else str(error))
sys.exit(0 if data == open(good, "rb").read() else "wrong bytes, and no error")
PY
    reader=$!
    eventually 20 test -e "$work/$id.begun" || fail "the reader did not begin"
    (($(fault_hits) > 0)) || fail "no byte was flipped"
    clear_faults
    # One finds that it is damaged, others read it anew, and leave it in the kernel's cache.
    expect_errno EIO read "$mnt/$id/outputs/text"
    for _ in 1 2; do
        cmp "$work/in/text" "$mnt/$id/outputs/text"
    done
    touch "$work/$id.go"
    reap "$reader" 30
    expect "$status" 0 "status of the reader of $id"
    cmp "$work/in/text" "$mnt/$id/outputs/text"
done
