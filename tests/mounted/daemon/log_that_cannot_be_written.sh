#!/bin/bash
# Messages to a full device, or to a pipe that nobody reads any more, stop nothing.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
emulator
noise_allowed=yes

start_with_log_on_full_device() {
    env "${prefix[@]}" "$TASKFS" -d -o "api_url=$api_url" "$mnt" </dev/null \
        >/dev/full 2>/dev/full &
    taskfs_pid=$!
}
start_with_log_on_cut_pipe() {
    env "${prefix[@]}" "$TASKFS" -d -o "api_url=$api_url" "$mnt" </dev/null \
        2> >(head -n 1 >/dev/null) >/dev/null &
    taskfs_pid=$!
}
for start in start_with_log_on_full_device start_with_log_on_cut_pipe; do
    $start
    eventually $((10 * slower)) mounted_or_dead
    is_running "$taskfs_pid" || fail "$start: it did not mount"
    fault '{"match": {"kind": "object"}, "action": "status", "code": 503, "count": 2}'
    expect "$(<"$mnt/one/outputs/a.txt")" text "an output, $start"
    clear_faults
    grep -q 503 "$mnt/.taskfs/log" || fail "$start: .taskfs/log does not have what could not be said"
    unmount
done

for option in --help --version; do
    if "$TASKFS" $option >/dev/full 2>/dev/null; then fail "$option to a full device: status 0"; fi
    "$TASKFS" $option >/dev/null || fail "$option: status $?"
done
