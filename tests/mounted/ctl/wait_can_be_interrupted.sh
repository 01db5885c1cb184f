#!/bin/bash
# Ctrl+C ends a wait at once with EINTR; the task goes on.
# tags: concurrent
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "computation-started", "emulator": {"kill_seconds": -1}}'
emulator
mount

python - "$mnt/one/ctl" "$slower" <<'PY'
import os, signal, sys, time
class Interrupted(Exception):
    pass
def stop(*_):
    raise Interrupted
signal.signal(signal.SIGALRM, stop)
fd = os.open(sys.argv[1], os.O_WRONLY)
for verb in (b"wait", b"wait 50", b"kill 50"):
    signal.setitimer(signal.ITIMER_REAL, 1.5)
    began = time.monotonic()
    try:
        os.write(fd, verb)
        sys.exit(f"{verb} returned")
    except Interrupted:
        took = time.monotonic() - began
        if took > 1.5 + 0.5 * int(sys.argv[2]):
            sys.exit(f"{verb} ended {took:.1f} s after it began, interrupted at 1.5 s")
    os.close(fd)
    fd = os.open(sys.argv[1], os.O_WRONLY)
PY
# A fatal signal frees a waiting shell too.
before=$(now_ms)
timeout -s TERM 1 bash -c "echo wait >'$mnt/one/ctl'" || true
took=$(($(now_ms) - before))
((took < 1000 + 1000 * slower)) || fail "a waiting shell ended $took ms after it began, told to at 1000"
