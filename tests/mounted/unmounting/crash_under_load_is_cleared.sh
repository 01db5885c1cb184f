#!/bin/bash
# kill -9 with readers, listings and waits under way: all get an error at once; the next one mounts.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 8000000 /dev/urandom >"$work/in/noise.bin"
for id in moving stuck; do
    task $id
    python "$archives/writers.py" stored "$root/$id/output.zip" "$work/in"
done
task live '{"status": "computation-started"}'
emulator

read_and_say() { # the errno that ends endless reading of FILE
    python - "$1" <<'PY'
import errno, os, sys
try:
    while True:
        fd = os.open(sys.argv[1], os.O_RDONLY)
        while os.read(fd, 1 << 20):
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)
except OSError as error:
    print(errno.errorcode[error.errno])
PY
}
has_stalled() {
    (($(waiting_requests) >= 1))
}
is_alive() {
    [[ $(cat "$mnt/live/status" 2>/dev/null) == computation-started ]] || ! is_running "$taskfs_pid"
}
for round in 1 2 3; do
    start
    eventually $((10 * slower)) is_alive
    is_running "$taskfs_pid" || fail "round $round: not mounted again: $(<"$work/taskfs.stderr")"
    cat "$mnt/stuck/outputs_info" >/dev/null
    fault '{"match": {"kind": "object", "task": "stuck"}, "action": "stall", "after": 0}'
    users=()
    for n in 1 2 3 4; do
        read_and_say "$mnt/moving/outputs/noise.bin" >"$work/said.$n" 2>&1 &
        users+=($!)
    done
    for n in 5 6; do
        read_and_say "$mnt/stuck/outputs/noise.bin" >"$work/said.$n" 2>&1 &
        users+=($!)
    done
    ctl live wait >"$work/said.7" &
    users+=($!)
    eventually 10 has_stalled || fail "no read has stalled"
    kill -KILL "$taskfs_pid"
    before=$(now_ms)
    for user in "${users[@]}"; do
        reap "$user" $((3 * slower))
        [[ $status != timeout ]] || fail "round $round: a reader hangs after the crash"
    done
    (($(now_ms) - before < 2000 * slower)) || fail "the readers took $(($(now_ms) - before)) ms to end"
    for n in 1 2 3 4 5 6 7; do
        expect_match "$(<"$work/said.$n")" '^(ENOTCONN|ECONNABORTED|EIO)$' "errno of user $n"
    done
    reap "$taskfs_pid" 5
    taskfs_pid=
    clear_faults
    expect_errno ENOTCONN list "$mnt"
done

start
eventually $((10 * slower)) is_alive
cmp "$work/in/noise.bin" "$mnt/moving/outputs/noise.bin"
expect "$(grep -cF "${mnt// /\\040} " /proc/self/mountinfo)" 1 "mounts at the mount point"
