#!/bin/bash
# A thousand waiters cost one poll a second, and no thread each.
# tags: concurrent alone
. "$(dirname "$0")/lib/lib.sh"

task one '{"status": "computation-started", "emulator": {"kill_seconds": 0}}'
emulator
mount

ulimit -n 4096
/usr/bin/python3 - "$mnt/one/ctl" <<'PY' &
import os, sys, threading, time
path = sys.argv[1]
threading.stack_size(256 * 1024)
errors = []
def wait():
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, b"wait")
    except OSError as error:
        errors.append(error)
    finally:
        os.close(fd)
waiters = [threading.Thread(target=wait) for _ in range(1000)]
for waiter in waiters:
    waiter.start()
for waiter in waiters:
    waiter.join()
if errors:
    sys.exit(f"{len(errors)} waiters failed: {errors[0]}")
PY
waiters=$!
grep -q . "$mnt/one/status"
settle
count() {
    python "$lib/requests.py" count "$request_log" 0 task=one
}
threads_of() {
    awk '$1 == "Threads:" { print $2 }' "/proc/$1/status"
}
have_started() {
    ! is_running "$waiters" || (($(threads_of "$waiters") > 1000))
}
eventually $((10 * slower)) have_started || fail "the waiters did not start"
is_running "$waiters" || fail "the waiters did not wait"
before=$(count) began=$(now_ms)
sleep 4
requests=$(($(count) - before)) milliseconds=$(($(now_ms) - began))
((requests <= milliseconds / 1000 + 2)) || fail "$requests requests in $milliseconds ms"
threads=$(threads_of "$taskfs_pid")
((threads < 64)) || fail "$threads threads"
within 1000 cat "$mnt/one/status" >/dev/null
echo kill >"$mnt/one/ctl"
status=0
reap "$waiters" $((10 * slower))
expect "$status" 0 "status of the waiters"
