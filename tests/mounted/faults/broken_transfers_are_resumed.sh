#!/bin/bash
# A cut, a reset, a short or stalled body: the missing part is asked for again.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 3000000 /dev/urandom >"$work/in/noise.bin"
actions=('"action": "cut", "after": 50000' '"action": "reset", "after": 50000' '"action": "cut", "after": 0'
    '"action": "drop"' '"action": "short_range", "bytes": 1000')
for n in "${!actions[@]}"; do
    task "t$n"
    python "$archives/writers.py" stored "$root/t$n/output.zip" "$work/in"
done
emulator
mount

for n in "${!actions[@]}"; do
    ls "$mnt/t$n/outputs" >/dev/null
    fault "{\"match\": {\"kind\": \"object\"}, \"count\": 2, ${actions[n]}}"
    cmp "$work/in/noise.bin" "$mnt/t$n/outputs/noise.bin" || fail "with ${actions[n]}"
    clear_faults
done
