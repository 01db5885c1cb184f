#!/bin/bash
# With 200 reads stalled on one archive, then on twenty more, another is read at once.
# tags: concurrent alone
. "${TEST_LIB:?run me with tests/run}/lib.sh"

readers=200
archives_more=20
# So large that no two reads are one stream, which would be one range.
mkdir "$work/in" "$work/few"
for n in $(seq 1 $readers); do
    head -c 450000 /dev/zero >"$work/in/$n.bin"
done
for n in 1 2 3 4 5 6 7 8; do
    head -c 450000 /dev/urandom >"$work/few/$n.bin"
done
python "$archives/writers.py" stored "$work/few.zip" "$work/few"
task stuck
python "$archives/writers.py" stored "$root/stuck/output.zip" "$work/in"
for id in fine finer $(seq -f stuck-%g 1 $archives_more); do
    task "$id"
    ln "$work/few.zip" "$root/$id/output.zip"
done
task live '{"status": "computation-started"}'
emulator
mount
noise_allowed=yes # on a slow machine they may be stalled for as long as they have
ls -lR "$mnt"/stuck*/outputs >/dev/null

stall() { # ID FILES: reads of so many
    local n
    for n in $(seq 1 "$2"); do
        cat "$mnt/$1/outputs/$n.bin" >/dev/null 2>&1 &
        pids+=($!)
    done
}
waits() { # COUNT
    (($(waiting_requests) >= $1))
}
look() { # what is said of the time is bounded loosely; it is printed
    local before=$EPOCHREALTIME
    within "$@" >/dev/null
    echo "$(((${EPOCHREALTIME/./} - ${before/./}) / 1000)) ms: ${*:2}"
}
look_around() { # ID: nothing of it is known yet
    look 1000 cat "$mnt/live/status"
    look 1000 ls "$mnt"
    look 1000 df "$mnt"
    look 2000 cmp "$work/few/7.bin" "$mnt/$1/outputs/7.bin"
}

pids=()
fault '[{"match": {"kind": "object", "path_prefix": "/storage/stuck"}, "action": "stall", "after": 0}]'
stall stuck $readers
eventually 5 waits 64 || fail "only $(waiting_requests) ranges are under way"
look_around fine
expect "$(waiting_requests)" 64 "ranges of one archive under way"

for m in $(seq 1 $archives_more); do
    stall "stuck-$m" 8
done
eventually 8 waits $((64 + 32 + 2 * (archives_more - 1))) || fail "only $(waiting_requests) wait"
look_around finer

# Ctrl+C, of one and of the rest.
"${default_signals[@]}" cat "$mnt/stuck/outputs/1.bin" >/dev/null 2>&1 &
pid=$!
is_cat() {
    [[ $(<"/proc/$pid/comm") == cat ]]
}
eventually 3 is_cat || fail "cat did not start" # before, SIGINT is still ignored
before=$(now_ms)
kill -INT $pid
reap $pid 3
[[ $status != timeout ]] || fail "a stalled reader could not be interrupted"
took=$(($(now_ms) - before))
((took < 1000 * slower)) || fail "the reader took $took ms to end"
echo "$took ms: Ctrl+C"
kill -TERM "${pids[@]}"
for pid in "${pids[@]}"; do
    reap "$pid" 5
    [[ $status != timeout ]] || fail "a stalled reader could not be ended"
done
