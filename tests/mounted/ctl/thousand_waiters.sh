#!/bin/bash
# A thousand writers in wait on a hundred tasks: a poll a second a task, no thread each, done within
# 2 s.
# tags: concurrent alone
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for n in {1..100}; do
    task "t$n" '{"status": "computation-started", "emulator": {"kill_seconds": 0}}'
done
archive other artifacts/a.txt text
emulator
mount

ulimit -n 4096
mkfifo "$work/fifo"
/usr/bin/python3 - "$mnt" "$work/waiting" 3<"$work/fifo" >"$work/out" <<'PY' &
import os, sys, threading, time
mount, waiting = sys.argv[1:3]
threading.stack_size(256 * 1024)
killed, ended, errors = {}, [], []
def wait(task):
    fd = os.open(f"{mount}/{task}/ctl", os.O_WRONLY)
    try:
        os.write(fd, b"wait")
        ended.append((task, time.monotonic()))
    except OSError as error:
        errors.append(error)
    finally:
        os.close(fd)
tasks = [f"t{n}" for n in range(1, 101)]
waiters = [threading.Thread(target=wait, args=(task,)) for task in tasks for _ in range(10)]
for waiter in waiters:
    waiter.start()
open(waiting, "w").close()
os.read(3, 1)  # until the shell has counted
for task in tasks:
    with open(f"{mount}/{task}/ctl", "w") as ctl:
        ctl.write("kill")
    killed[task] = time.monotonic()
for waiter in waiters:
    waiter.join()
if errors:
    sys.exit(f"{len(errors)} waiters failed: {errors[0]}")
print(len(ended), int(1000 * max(end - killed[task] for task, end in ended)))
PY
waiters=$!
exec 7>"$work/fifo"
have_started() {
    ! is_running "$waiters" || [[ -e $work/waiting ]]
}
eventually $((10 * slower)) have_started || fail "the waiters did not start"
is_running "$waiters" || fail "the waiters did not wait"

mark
began=$(now_ms)
polled_twice() { (($(requests kind=task) >= 200)); }
eventually 15 polled_twice || fail "the tasks are not asked for"
for n in 1 50 100; do
    count=$(requests "task=t$n") milliseconds=$(($(now_ms) - began))
    ((count <= milliseconds / 1000 + 2)) || fail "$count requests of t$n in $milliseconds ms"
done
threads=$(awk '$1 == "Threads:" { print $2 }' "/proc/$taskfs_pid/status")
((threads < 64)) || fail "$threads threads"
within 1000 cat "$mnt/other/outputs/a.txt" >/dev/null
within 1000 cat "$mnt/t1/status" >/dev/null

echo >&7
status=0
reap "$waiters" $((20 * slower))
expect "$status" 0 "status of the waiters"
exec 7>&-
read -r count latest <"$work/out"
expect "$count" 1000 "waiters that ended"
((latest <= 2000 * slower)) || fail "the last one ended $latest ms after the end of its task"
