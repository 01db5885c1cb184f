#!/bin/bash
# A thousand writers of `wait` are stopped and continued: all go on, without a thread each or a busy
# loop.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

count=1000
((slower == 1)) || count=200
task one '{"status": "computation-started"}'
emulator
mount
ticks() { # the processor time of the daemon, in ticks of 10 ms
    awk '{print $14 + $15}' "/proc/$taskfs_pid/stat"
}
threads() {
    ls "/proc/$taskfs_pid/task" | wc -l
}

python - "$mnt/one/ctl" "$count" >"$work/out" <<'PY' &
import os, signal, sys, time
path, count = sys.argv[1], int(sys.argv[2])
children = []
for _ in range(count):
    pid = os.fork()
    if not pid:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        fd = os.open(path, os.O_WRONLY)
        try:
            os.write(fd, b"wait\n")
        except OSError as error:
            os._exit(error.errno)
        os._exit(0)
    children.append(pid)
time.sleep(2)
print("ready", flush=True)
for pid in children:
    os.kill(pid, signal.SIGSTOP)
for pid in children:
    os.kill(pid, signal.SIGCONT)
print("continued", flush=True)
interrupted = children[: count // 2]
while not os.path.exists(os.environ["TEST_DIRECTORY"] + "/go"):
    time.sleep(0.05)
before = time.monotonic()
for pid in interrupted:
    os.kill(pid, signal.SIGINT)
ends = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in interrupted]
print("interrupted", sorted(set(ends)), int(time.monotonic() - before), flush=True)
ends = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children[count // 2:]]
print("waited", sorted(set(ends)), flush=True)
PY
writers=$!
said() {
    grep -q "^$1" "$work/out"
}
eventually 30 said continued || fail "the writers do not start"
before=$(threads)
used=$(ticks)
sleep 2 # what thousand interrupted waits cost meanwhile
used=$(($(ticks) - used))
((before <= 40)) || fail "$before threads for $count waits"
((used <= 100 * slower)) || fail "$used ticks of 10 ms in 2 s for $count interrupted waits"
touch "$work/go"
eventually $((20 * slower)) said interrupted || fail "SIGINT after SIGCONT ends no wait"
expect_match "$(grep interrupted "$work/out")" '^interrupted \[-2\] [0-4]$' "the interrupted"
control POST task/one '{"status": "success"}' >/dev/null
eventually 20 said waited || fail "the others still wait"
expect "$(grep waited "$work/out")" "waited [0]" "the others"
reap "$writers" 10
