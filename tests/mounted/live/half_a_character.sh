#!/bin/bash
# While a character of several bytes is being written, what was known of the file stays.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"

machine one
file=$work/one/stdout.txt
live=$mnt/one/live/stdout.txt
seq 1 3000 >"$file"
emulator
start_machines one
mount -o "live_program=$fake"

size=$(($(stat -c %s "$file") - 1))
expect "$(wc -c <"$live")" "$size"
printf 'caf\xc3' >>"$file"
sleep 1.1
expect "$(stat -c %s "$live")" "$size" "size in the middle of a character"
cmp "$live" <(seq 1 3000 | head -c -1)
printf '\xa9' >>"$file"
sleep 1.1
expect "$(tail -n 1 "$live")" $'caf\u00e9' "the last line"
expect "$(stat -c %s "$live")" $((size + 6))

# A file that is not looked at for a while is fetched again, for who has it open.
python - "$live" "$file" <<'END'
import os, sys, time
fd = os.open(sys.argv[1], os.O_RDONLY)
size = os.fstat(fd).st_size
assert size > 10000
os.pread(fd, 4096, 0)
time.sleep(13)
os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
got = b"".join(os.pread(fd, 4096, at) for at in range(0, size, 4096))
assert got == open(sys.argv[2], "rb").read(), len(got)
END
