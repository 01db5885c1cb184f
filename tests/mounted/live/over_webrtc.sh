#!/bin/bash
# The same with the real taskfs-live and a machine that speaks WebRTC: reading, following, a large
# file, a second task, and the end of the machine.
# tags: alone
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"
noise_allowed=yes

live_program=${TASKFS%/*}/taskfs-live
[[ -x $live_program ]] || skip "taskfs-live is not built here: its libraries are missing"
/usr/bin/python3 -c 'import aiortc' 2>/dev/null || skip "python3-aiortc is not installed"

machine one
machine two
seq 1 200000 >"$work/one/stdout.txt"
printf 'second\n' >"$work/one/second.txt"
: >"$work/one/stderr.txt"
printf 'of two\n' >"$work/two/stdout.txt"
emulator
for id in one two; do
    /usr/bin/python3 "$tracker/tracker.py" --api "$api_url" --task "$id" --folder "$work/$id" \
        --key "$key" --ready-file "$work/$id.ready" --count-file "$work/$id.count" \
        >"$work/$id.said" 2>&1 &
    machines+=($!)
    disown $!
done
is_listening() {
    [[ -e $work/one.ready && -e $work/two.ready ]]
}
eventually 10 is_listening || fail "the machines do not listen: $(cat "$work"/*.said)"
mount -o "live_program=$live_program"

within 1000 cmp "$mnt/one/live/second.txt" <(printf second)
cmp "$mnt/one/live/stdout.txt" <(seq 1 200000 | head -c -1)
expect "$(ls "$mnt/one/live" | xargs)" "second.txt stderr.txt stdout.txt"
cmp "$mnt/one/live/stderr.txt" /dev/null
expect "$(<"$mnt/two/live/stdout.txt")" "of two"
timeout 20 tail -f -n 1 "$mnt/one/live/second.txt" >"$work/seen" &
follower=$!
sleep 1.2
for line in one two; do
    echo "$line" >>"$work/one/second.txt"
    eventually 3 grep -q "$line" "$work/seen" || fail "tail -f has not seen '$line' in 3 s"
done
kill $follower
wait $follower || true
expect "$(cut -d' ' -f2 "$work/one.count")" 1 "connections ever"
kill -KILL "${machines[0]}"
expect_errno EHOSTUNREACH open "$mnt/one/live/stdout.txt"
expect "$(<"$mnt/two/live/stdout.txt")" "of two"
