#!/bin/bash
# bash, dash, busybox sh, tee, dd, Python and >> write a verb and see its error.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for n in 1 2 3 4 5 6 7; do
    task "t$n" '{"status": "computation-started", "emulator": {"kill_seconds": -1}}'
done
task done1
emulator
mount

bash -c "echo kill >'$mnt/t1/ctl'"
dash -c "echo kill >'$mnt/t2/ctl'"
busybox sh -c "echo kill >'$mnt/t3/ctl'"
echo kill | tee "$mnt/t4/ctl" >/dev/null
echo kill | dd of="$mnt/t5/ctl" status=none
echo kill >>"$mnt/t6/ctl"
python -c 'open(__import__("sys").argv[1], "w").write("kill")' "$mnt/t7/ctl"
for n in 1 2 3 4 5 6 7; do
    expect "$(<"$mnt/t$n/status")" pending-kill "status of t$n"
done
for shell in bash dash 'busybox sh'; do
    if $shell -c "echo kill >'$mnt/done1/ctl'" 2>"$work/errors"; then fail "$shell saw no error"; fi
    [[ -s $work/errors ]] || fail "$shell said nothing"
done
