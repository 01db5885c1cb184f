#!/bin/bash
# Any number of writers that wait, after other verbs of the same open, keep no `refresh` from
# returning, and no file from being read.
# tags: concurrent
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for n in {1..20}; do
    task "live$n" '{"status": "computation-started"}'
done
archive one artifacts/a.txt text
emulator
mount

cat >"$work/wait.py" <<'PY'
import os, sys, threading, time
mounted, waiting = sys.argv[1:]
fds = [os.open(f"{mounted}/live{n}/ctl", os.O_RDWR) for n in range(1, 21)]
def wait(fd):
    try:
        os.write(fd, b"refresh\n")
        os.write(fd, b"wait 600\n")
    except OSError:
        pass
for fd in fds:
    threading.Thread(target=wait, args=(fd,), daemon=True).start()
open(waiting, "w").close()
time.sleep(600)
PY
/usr/bin/python3 "$work/wait.py" "$mnt" "$work/waiting" &
waiter=$!
eventually $((10 * slower)) test -e "$work/waiting" || fail "the writers do not start"
all_are_polled() {
    local n
    for n in {1..20}; do
        (($(requests kind=task task="live$n") > 1)) || return 1
    done
}
eventually 20 all_are_polled || fail "not all writers wait"
# shellcheck disable=SC2016 # the inner shell expands it
within 1000 bash -c 'echo refresh >"$1"' bash "$mnt/one/ctl"
expect "$(<"$mnt/one/outputs/a.txt")" text "an output"
kill -KILL "$waiter"
reap "$waiter" 10
