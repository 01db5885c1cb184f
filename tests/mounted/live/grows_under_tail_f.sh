#!/bin/bash
# tail -f sees a line within 2.5 s, and every byte is right whatever was read before.
# tags: concurrent waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"

machine one
file=$work/one/stdout.txt
printf 'first\n' >"$file"
emulator
start_machines one
mount -o "live_program=$fake"

for flag in -f -F; do
    timeout 30 tail "$flag" -n 1 "$mnt/one/live/stdout.txt" >"$work/seen" &
    follower=$!
    sleep 1.2
    for line in one two three; do
        printf '%s %s\n' "$flag" "$line" >>"$file"
        eventually 3 grep -qF -- "$flag $line" "$work/seen" || fail "tail $flag has not seen '$line' in 3 s"
    done
    kill $follower
    wait $follower || true
done

# One reader keeps the file open: the part of a page that it had is not shown as it was.
python - "$file" "$mnt/one/live/stdout.txt" <<'END'
import os, sys, time
machine, path = sys.argv[1:]
live = os.open(path, os.O_RDONLY)
for size in (1, 100, 5000, 4096, 70000, 3, 131072):
    with open(machine, "a") as file:
        file.write(("%06d\n" % size) * (size // 7 + 1))
    wanted = open(machine, "rb").read()[:-1] # the last newline is not known yet
    deadline = time.time() + 5
    while os.fstat(live).st_size != len(wanted):
        assert time.time() < deadline, (os.fstat(live).st_size, len(wanted))
        time.sleep(0.3)
    got = b""
    while len(got) < len(wanted) + 10:
        part = os.pread(live, 10000, len(got))
        if not part:
            break
        got += part
    assert got == wanted, (len(got), len(wanted))
END
expect "$(live_log one open)" 1 "connections"
