#!/bin/bash
# A signed URL that the store refuses is renewed once, and the read goes on.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 3000000 /dev/urandom >"$work/in/noise.bin"
for code in 400 401 403; do
    task "t$code"
    python "$archives/writers.py" stored "$root/t$code/output.zip" "$work/in"
done
task short
python "$archives/writers.py" stored "$root/short/output.zip" "$work/in"
emulator
mount

for code in 400 401 403; do
    ls "$mnt/t$code/outputs" >/dev/null
    mark
    fault "{\"match\": {\"kind\": \"object\"}, \"count\": 1, \"action\": \"status\", \"code\": $code}"
    cmp "$work/in/noise.bin" "$mnt/t$code/outputs/noise.bin"
    clear_faults
    expect "$(requests kind=signed-url)" 1 "signed URLs after a $code"
done
# All URLs have expired, with many readers behind one.
ls "$mnt/short/outputs" >/dev/null
control DELETE urls >/dev/null
mark
readers=()
for _ in 1 2 3 4 5 6; do
    cmp "$work/in/noise.bin" "$mnt/short/outputs/noise.bin" &
    readers+=($!)
done
for reader in "${readers[@]}"; do
    wait "$reader"
done
expect_requests 1 kind=signed-url
