#!/bin/bash
# With timeout= a service that nobody can connect to is waited for; without it an error comes soon.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

outage=9 # seconds; without timeout= the tries are over after 6.2 s at most
mkdir "$work/in"
for i in 1 2 3 4; do
    head -c 2000000 /dev/urandom >"$work/in/f$i"
done
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
task two '{"status": "computation-started"}'
emulator
noise_allowed=yes

mount
expect "$(<"$mnt/two/status")" computation-started "a status"
stop_emulator
is_noticed() { [[ $(errno_of read "$mnt/two/status") != ok ]]; }
before=$(now_ms)
eventually 10 is_noticed || fail "an old status is shown without an end"
expect_errno EIO read "$mnt/two/info"
(($(now_ms) - before <= 16000 * slower)) || fail "without timeout= an error took $(($(now_ms) - before)) ms"
emulator
unmount

mount -o timeout=60
ls "$mnt/one/outputs" >/dev/null
fault '{"match": {"kind": "object"}, "action": "stall_headers"}'
cp -r "$mnt/one/outputs" "$work/copy" &
copying=$!
is_asked() { (($(waiting_requests) > 0)); }
eventually 10 is_asked || fail "cp asks for nothing"
stop_emulator
before=$(now_ms)
cat "$mnt/two/info" >"$work/info" &
reading=$!
has_passed() { (($(now_ms) - before > outage * 1000)); }
eventually 20 has_passed
is_running "$copying" || fail "cp has ended in the outage"
is_running "$reading" || fail "cat has ended in the outage"
emulator
for pid in "$copying" "$reading"; do
    status=0
    reap "$pid" $((25 * slower))
    expect "$status" 0 "status of a process that has waited"
done
diff -r "$work/in" "$work/copy"
grep -q computation-started "$work/info" || fail "info is '$(<"$work/info")'"
