#!/bin/bash
# A read that gets nothing ends after timeout=, and not after twice that, though the kernel reads a
# page again.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 6000000 /dev/urandom >"$work/in/noise.bin"
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
emulator
noise_allowed=yes
timeout=$((3 * slower))
mount -o "timeout=$timeout"
ls "$mnt/one/outputs" >/dev/null
fault '{"match": {"kind": "object"}, "action": "stall_headers"}'

# read_at PATH OFFSET COUNT: prints `ok` or the errno's name.
read_at() {
    python - "$@" <<'END'
import errno, os, sys
path, offset, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
try:
    fd = os.open(path, os.O_RDONLY)
    os.pread(fd, count, offset)
    print("ok")
except OSError as error:
    print(errno.errorcode[error.errno])
END
}
for how in "outputs/noise.bin 0 65536" "outputs/noise.bin 3000000 4096" "output.zip 2000000 4096"; do
    read -r path offset count <<<"$how"
    before=$(now_ms)
    expect "$(read_at "$mnt/one/$path" "$offset" "$count")" ETIMEDOUT "a read of $how"
    took=$(($(now_ms) - before))
    ((took >= timeout * 1000 - 100 && took <= timeout * 1000 + 1500 * slower)) || fail "a read of $how took $took ms"
done

# The same read again is another operation: it waits, and gets the bytes.
read_at "$mnt/one/outputs/noise.bin" 3000000 4096 >"$work/again" &
reading=$!
is_asked() { (($(waiting_requests) > 0)); }
eventually 5 is_asked
clear_faults
wait "$reading"
expect "$(<"$work/again")" ok "the read after the silence"
