#!/bin/bash
# With 64 open files allowed: a warning, few transfers at once, all is right; with a handful no
# crash.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
for n in $(seq 1 60); do
    head -c 150000 /dev/urandom >"$work/in/$n.bin"
done
for id in data stuck; do
    task $id
    python "$archives/writers.py" stored "$root/$id/output.zip" "$work/in"
done
emulator
mounted_with=("${prefix[@]}")
prefix=(prlimit --nofile=64:64 "${mounted_with[@]}")
mount
expect_match "$(<"$work/taskfs.stderr")" "ulimit -n" "what it says"
expect "$(wc -l <"$work/taskfs.stderr")" 1 "lines it says"
noise_allowed=yes

# Many at once.
pids=()
for n in $(seq 1 60); do
    cmp "$work/in/$n.bin" "$mnt/data/outputs/$n.bin" &
    pids+=($!)
done
for pid in "${pids[@]}"; do
    reap "$pid" 20
    expect "$status" 0 "status of a comparison"
done

# And with an archive that stalls.
ls "$mnt/stuck/outputs" >/dev/null
expect "$(ctl data refresh)" ok refresh
fault '{"match": {"kind": "object", "task": "stuck"}, "action": "stall", "after": 0}'
pids=()
for n in $(seq 1 60); do
    cat "$mnt/stuck/outputs/$n.bin" >/dev/null 2>&1 &
    pids+=($!)
done
has_stalled() {
    (($(waiting_requests) > 0))
}
eventually 5 has_stalled || fail "no read has stalled"
within 2000 cmp "$work/in/7.bin" "$mnt/data/outputs/7.bin"
within 1000 cat "$mnt/stuck/status" >/dev/null
kill -TERM "${pids[@]}"
for pid in "${pids[@]}"; do
    reap "$pid" 5
    [[ $status != timeout ]] || fail "a stalled reader could not be ended"
done
unmount

# So few that it may well not work: then it says so, and ends.
for files in 24 16 12 8; do
    : >"$work/taskfs.stderr"
    prefix=(prlimit "--nofile=$files:$files" "${mounted_with[@]}")
    start
    eventually 15 mounted_or_dead || fail "with $files files it neither mounts nor ends"
    if is_running "$taskfs_pid"; then
        ls "$mnt" >/dev/null 2>&1 || true
        cat "$mnt/data/outputs/1.bin" >/dev/null 2>&1 || true
        kill -TERM "$taskfs_pid"
    fi
    reap "$taskfs_pid" 10
    taskfs_pid=
    [[ $status == 0 || $status == 1 ]] || fail "with $files files its status is $status"
    [[ -s $work/taskfs.stderr ]] || fail "with $files files it says nothing"
    if is_mounted; then fail "with $files files it is still mounted"; fi
done
