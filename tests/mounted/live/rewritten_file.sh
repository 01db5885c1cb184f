#!/bin/bash
# A file that was rewritten is another file: who has the old one open is told, and who opens the
# name gets the new one.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"

machine one
file=$work/one/table.txt
seq 1 1000 >"$file"
emulator
start_machines one
mount -o "live_program=$fake"
live=$mnt/one/live/table.txt

expect "$(sum <"$live")" "$(seq 1 1000 | head -c -1 | sum)"
timeout 30 tail -F "$live" >"$work/seen" 2>"$work/seen.err" &
follower=$!
sleep 1.2
printf 'short\nand new\n' >"$file"
sleep 1.2
expect "$(<"$live")" $'short\nand new'
eventually 8 grep -q 'short$' "$work/seen" || fail "tail -F has not seen the new file: $(<"$work/seen.err")"
for text in $'other bytes\nand new\n' '' $'x\n'; do # as long, empty, new again
    printf '%s' "$text" >"$file"
    sleep 1.2
    expect "$(<"$live")" "${text%$'\n'}"
done
kill $follower
wait $follower || true
python - "$live" "$file" <<'END'
import errno, os, sys, time
live, machine = sys.argv[1:]
fd = os.open(live, os.O_RDONLY)
assert os.read(fd, 100) == b"x"
open(machine, "w").write("y\n")
deadline = time.time() + 5
while True:
    try:
        os.fstat(fd)
    except OSError as error:
        assert error.errno == errno.ESTALE, error
        break
    assert time.time() < deadline, "the old file is still there"
    time.sleep(0.3)
assert open(live, "rb").read() == b"y"
END
