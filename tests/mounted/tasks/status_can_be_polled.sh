#!/bin/bash
# poll(2) on a status gives POLLPRI when it changes, costs a request a second a task, and ends with
# the file.
# tags: concurrent waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task first '{"status": "computation-started", "emulator": {"kill_seconds": 0}}'
for n in {1..20}; do
    task "t$n" '{"status": "computation-started", "emulator": {"kill_seconds": 0}}'
done
task gone1 '{"status": "computation-started"}'
archive done1 artifacts/a.txt text
emulator
mount

cat >"$work/watch.py" <<'PY'
import os, select, sys
mount, command = sys.argv[1:3]
def start(task, count=1):
    fds = [os.open(f"{mount}/{task}/status", os.O_RDONLY) for _ in range(count)]
    poll = select.poll()
    for fd in fds:
        poll.register(fd, select.POLLPRI)
    return fds, poll
if command == "one":      # waits for news of one task, reads it, and waits for more
    task, patience = sys.argv[3], int(sys.argv[4])
    (fd,), poll = start(task)
    print(os.pread(fd, 100, 0).decode().strip(), flush=True)
    events = poll.poll(patience)
    print(" ".join(f"{event:#x}" for _, event in events) or "nothing", flush=True)
    print(os.pread(fd, 100, 0).decode().strip(), flush=True)  # the snapshot stays
    print(poll.poll(0) == events, flush=True)                 # and the news as well
elif command == "many":   # ten watchers a task, until standard input ends
    watched = [start(f"t{n}", 10) for n in range(1, 21)]
    everything = select.poll()
    for fds, _ in watched:
        for fd in fds:
            everything.register(fd, select.POLLPRI)
    everything.register(0, select.POLLIN | select.POLLHUP)
    print("ready", flush=True)
    left = 200
    while left:
        for fd, event in everything.poll():
            if fd == 0:
                sys.exit(0)
            assert event == select.POLLPRI, event
            everything.unregister(fd)
            left -= 1
    print("all", flush=True)
elif command == "edge":   # told of a change once
    fd = os.open(f"{mount}/{sys.argv[3]}/status", os.O_RDONLY)
    epoll = select.epoll()
    epoll.register(fd, select.EPOLLPRI | select.EPOLLET)
    print("ready", flush=True)
    print(*(f"{event:#x}" for _, event in epoll.poll(20)), flush=True)
    print(len(epoll.poll(1.5)), flush=True)
elif command == "in":     # one who wants to read need not wait, and is not told of news
    fd = os.open(f"{mount}/{sys.argv[3]}/status", os.O_RDONLY)
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    print(*(f"{event:#x}" for _, event in poll.poll(5000)), flush=True)
    sys.stdin.read()
elif command == "plain":  # what is no status is always ready, and never urgent
    for path in sys.argv[3:]:
        fd = os.open(path, os.O_RDONLY)
        poll = select.poll()
        poll.register(fd, select.POLLIN | select.POLLPRI)
        print(*(f"{event:#x}" for _, event in poll.poll(0)))
PY

# A change, seen within two seconds.
python "$work/watch.py" "$mnt" one first 20000 >"$work/out" &
watcher=$!
has_begun() { [[ -s $work/out ]]; }
eventually 10 has_begun || fail "the watcher did not start"
before=$(now_ms)
echo kill >"$mnt/first/ctl"
status=0
reap "$watcher" 10
took=$(($(now_ms) - before))
expect "$status" 0 "status of the watcher"
expect "$(paste -sd' ' "$work/out")" "computation-started 0x2 computation-started True" "what the watcher saw"
((took <= 2000 * slower)) || fail "it took $took ms"
expect "$(<"$mnt/first/status")" killed "status of first"

# An edge comes once.
task edge '{"status": "computation-started", "emulator": {"kill_seconds": 0}}'
python "$work/watch.py" "$mnt" edge edge >"$work/edge" &
watcher=$!
has_begun() { [[ -s $work/edge ]]; }
eventually 10 has_begun || fail "the watcher did not start"
echo kill >"$mnt/edge/ctl"
reap "$watcher" 20
expect "$(paste -sd' ' "$work/edge")" "ready 0x2 0" "edges"

# One that has come to its end has no news; other files have none either.
expect "$(python "$work/watch.py" "$mnt" one done1 100 | paste -sd' ')" "success nothing success True" "of a finished task"
expect "$(python "$work/watch.py" "$mnt" plain "$mnt/done1/info" "$mnt/done1/outputs/a.txt" "$mnt/t2/status" | paste -sd' ')" \
    "0x1 0x1 0x1" "events of other files"

# A task that goes.
python "$work/watch.py" "$mnt" one gone1 20000 >"$work/gone" &
watcher=$!
has_begun() { [[ -s $work/gone ]]; }
eventually 10 has_begun || fail "the watcher did not start"
mv "$root/gone1" "$work/gone1"
reap "$watcher" 10
expect "$(sed -n 2p "$work/gone")" 0xa "events of a task that is gone" # POLLPRI and POLLERR

# Two hundred watchers of twenty tasks: one request a second a task, through an outage, and no
# threads.
mkfifo "$work/fifo"
python "$work/watch.py" "$mnt" many <"$work/fifo" >"$work/many" &
watcher=$!
exec 7>"$work/fifo"
has_begun() { grep -q ready "$work/many"; }
eventually $((10 * slower)) has_begun || fail "the watchers did not start"
mark
began=$(now_ms)
polled_twice() { (($(requests kind=task) >= 40)); }
eventually 10 polled_twice || fail "the tasks are not asked for"
milliseconds=$(($(now_ms) - began)) count=$(requests kind=task)
((count <= 20 * (milliseconds / 1000 + 2))) || fail "$count requests in $milliseconds ms"
threads=$(awk '$1 == "Threads:" { print $2 }' "/proc/$taskfs_pid/status")
((threads < 64)) || fail "$threads threads"

noise_allowed=yes
fault '{"match": {"kind": "task"}, "action": "status", "code": 400}'
some_failed() { (($(fault_hits) >= 20)); }
eventually 10 some_failed || fail "nothing was asked during the outage"
is_running "$watcher" || fail "the outage woke the watchers"
expect "$(<"$work/many")" ready "what the watchers said during the outage"
clear_faults
for n in {1..20}; do
    echo kill >"$mnt/t$n/ctl"
done
status=0
reap "$watcher" $((15 * slower))
expect "$status" 0 "status of the watchers"
expect "$(tail -n 1 "$work/many")" all "what the watchers said at the end"
exec 7>&-

# A file that is closed is watched no more, and one that was polled for reading never was.
task late '{"status": "computation-started"}'
expect "$(python "$work/watch.py" "$mnt" one late 200 | paste -sd' ')" \
    "computation-started nothing computation-started True" "of a running task"
python "$work/watch.py" "$mnt" in late <"$work/fifo" >"$work/in" &
watcher=$!
exec 7>"$work/fifo"
has_begun() { [[ -s $work/in ]]; }
eventually 10 has_begun || fail "the reader does not start"
expect "$(<"$work/in")" 0x1 "events of one who wants to read"
mark
sleep 1.6 # long enough for a request, if it were
expect_requests 0 task=late
exec 7>&-
status=0
reap "$watcher" 10
expect "$status" 0 "status of the reader"
