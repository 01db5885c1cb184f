#!/bin/bash
# A finished task costs nothing the second time: small files, tree, contents.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/writers.py" sample "$work/in"
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
emulator
mount

everything() {
    cat "$mnt/one"/{status,machine_type,computation_time,info,task.json,outputs_info} >/dev/null
    diff -r "$work/in" "$mnt/one/outputs"
}
everything
mark
everything
expect_requests 0
