#!/bin/bash
# While bytes arrive that an operation needs, it may take longer than timeout=; once none do, it
# ends in time.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 3000000 /dev/urandom >"$work/in/noise.bin"
for id in slow opened; do
    task "$id"
    python "$archives/writers.py" stored "$root/$id/output.zip" "$work/in"
done
emulator
noise_allowed=yes
timeout=$((2 * slower))
mount -o "timeout=$timeout"
ls "$mnt/slow/outputs" >/dev/null

# drip BYTES: so many come every half a second, from the store.
drip() {
    clear_faults
    fault "[{\"match\": {\"kind\": \"object\"}, \"action\": \"delay\", \"seconds\": 0.5},
        {\"match\": {\"kind\": \"object\"}, \"action\": \"short_range\", \"bytes\": $1}]"
}
drip $((20000 / slower))
before=$(now_ms)
expect "$(dd if="$mnt/slow/outputs/noise.bin" bs=4k skip=300 count=1 2>/dev/null | md5sum)" \
    "$(dd if="$work/in/noise.bin" bs=4k skip=300 count=1 2>/dev/null | md5sum)" "bytes that come slowly"
(($(now_ms) - before > timeout * 1500)) || fail "they came within $(($(now_ms) - before)) ms"

# So it is with opening: the last bytes of the archive come as slowly, and others wait for them too.
drip $((1000 / slower))
before=$(now_ms)
ls "$mnt/opened/outputs" >"$work/listed" &
listing=$!
stat "$mnt/opened/outputs/noise.bin" >/dev/null
wait "$listing" || fail "ls has failed"
expect "$(<"$work/listed")" noise.bin "the outputs"
(($(now_ms) - before > timeout * 1500)) || fail "it was opened within $(($(now_ms) - before)) ms"

# Bytes, then silence.
clear_faults
fault '{"match": {"kind": "object"}, "action": "stall", "after": 10000}'
before=$(now_ms)
expect_errno ETIMEDOUT read "$mnt/slow/outputs/noise.bin"
took=$(($(now_ms) - before))
((took >= timeout * 1000 - 100 && took <= timeout * 1000 + 1500 * slower)) || fail "the silent read took $took ms"
