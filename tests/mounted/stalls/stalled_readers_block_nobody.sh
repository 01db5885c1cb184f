#!/bin/bash
# With a hundred reads stalled, another task answers in milliseconds: within 100 ms, the middle of
# nine.
# tags: concurrent alone
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
for n in $(seq 1 100); do
    head -c 200000 /dev/urandom >"$work/in/$n.bin"
done
task stuck
python "$archives/writers.py" stored "$root/stuck/output.zip" "$work/in"
archive fine artifacts/a.txt text
task live '{"status": "computation-started"}'
emulator
mount -o ttl=0 # each answer is the network's
ls -lR "$mnt/stuck/outputs" >/dev/null

fault '{"match": {"kind": "object", "task": "stuck"}, "action": "stall", "after": 0}'
readers=()
for n in $(seq 1 100); do
    cat "$mnt/stuck/outputs/$n.bin" >/dev/null 2>&1 &
    readers+=($!)
done
has_stalled() {
    (($(waiting_requests) > 0))
}
eventually 5 has_stalled || fail "no read has stalled"
python "$lib/latency.py" $((100 * slower)) 9 "$mnt" live stuck fine
within 700 cat "$mnt/live/status" >/dev/null
within 700 ls -l "$mnt/fine/outputs" >/dev/null
within 700 cat "$mnt/fine/outputs/a.txt" >/dev/null
within 700 cat "$mnt/stuck/status" >/dev/null
within 700 ls -l "$mnt" >/dev/null
within 700 df "$mnt" >/dev/null

# All of them can be ended, at once.
before=$(now_ms)
kill -INT "${readers[@]}" 2>/dev/null || true
kill -TERM "${readers[@]}"
for reader in "${readers[@]}"; do
    reap "$reader" 3
    [[ $status != timeout ]] || fail "a stalled reader could not be ended"
done
took=$(($(now_ms) - before))
((took < 2500 * slower)) || fail "the readers took $took ms to end"
within 700 cat "$mnt/live/status" >/dev/null
