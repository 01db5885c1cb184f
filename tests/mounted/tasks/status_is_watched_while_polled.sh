#!/bin/bash
# A status is watched as long as somebody polls it, however long, and no longer, though the kernel
# does not tell.
# tags: concurrent waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task long '{"status": "computation-started", "emulator": {"kill_seconds": 0}}'
task short '{"status": "computation-started"}'
emulator
mount

cat >"$work/poll.py" <<'PY'
import os, select, sys
status, patience = sys.argv[1], int(sys.argv[2])
fd = os.open(status, os.O_RDONLY)
poll = select.poll()
poll.register(fd, select.POLLPRI)
print(*(f"{event:#x}" for _, event in poll.poll(patience)), flush=True)
os.close(fd)
sys.stdin.read()
PY
mkfifo "$work/fifo"
python "$work/poll.py" "$mnt/long/status" 40000 </dev/null >"$work/long" &
watcher=$!
python "$work/poll.py" "$mnt/short/status" 300 <"$work/fifo" >"$work/short" &
closer=$!
exec 7>"$work/fifo"
has_closed() { [[ -s $work/short ]]; }
eventually 10 has_closed || fail "the short poll does not end"
expect "$(<"$work/short")" "" "events of a poll that was given up"

# The process lives on, so it is found out in the next round of all pollers.
is_watched_no_more() {
    mark
    sleep 1.6 # longer than the time between two requests
    (($(requests kind=task task=short) == 0))
}
eventually $((16 * slower)) is_watched_no_more || fail "a status that nobody polls is watched on"
is_running "$closer" || fail "the process that gave up polling has ended"
exec 7>&-

# The other has been through that round as well.
is_running "$watcher" || fail "a poller was woken without news"
(($(requests kind=task task=long) > 0)) || fail "a status that is polled is watched no more"
echo kill >"$mnt/long/ctl"
status=0
reap "$watcher" $((5 * slower))
expect "$status" 0 "status of the poller"
expect "$(<"$work/long")" 0x2 "its events"
