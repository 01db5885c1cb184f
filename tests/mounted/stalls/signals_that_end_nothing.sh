#!/bin/bash
# Stopping and continuing a program, the end of a child, a resized window: nothing fails. Ctrl+C
# still ends it.
# tags: concurrent waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
task slow '{"status": "computation-started"}'
task waited '{"status": "computation-started"}'
emulator
mount -o ttl=0

slow_fault() { # SECONDS: each call about the task `slow` takes so long
    clear_faults
    fault "{\"match\": {\"task\": \"slow\"}, \"action\": \"delay\", \"seconds\": $1}"
}
is_asked() {
    (($(waiting_requests) > 0))
}
start_reader() { # COMMAND...: waits until the service is asked
    "${default_signals[@]}" "$@" >"$work/out" 2>"$work/err" &
    reader=$!
    eventually 5 is_asked || fail "'$*' does not ask the service"
}
ends_well() { # WHAT
    reap "$reader" 10
    expect "$status" 0 "status of $1: $(<"$work/err")"
    [[ -s $work/out ]] || fail "$1 said nothing"
}
send() { # SIGNAL...: one after the other
    local signal
    for signal; do
        kill -"$signal" "$reader"
        sleep 0.1 # the kernel tells of each; nothing is waited for
    done
}

# --- signals that neither end the program nor are handled by it
slow_fault 1.5
for signals in "TSTP CONT" "STOP CONT" "CHLD" "WINCH" "URG" "TTIN CONT" "STOP CONT STOP CONT WINCH"; do
    start_reader cat "$mnt/slow/info"
    # shellcheck disable=SC2086 # a list of signals
    send $signals
    ends_well "cat info after $signals"
done
fault '{"match": {"kind": "signed-url"}, "action": "delay", "seconds": 1.5}'
start_reader ls "$mnt/one/outputs"
send STOP CONT
ends_well "ls outputs after STOP CONT"

# --- a handler for what only informs changes nothing, one for another signal gives EINTR
start_reader python3 -c '
import signal, sys
for number in (signal.SIGCHLD, signal.SIGWINCH, signal.SIGCONT):
    signal.signal(number, lambda *_: None)
print(open(sys.argv[1]).read())' "$mnt/slow/info"
send WINCH CHLD CONT
ends_well "a reader that handles SIGWINCH"
slow_fault 30
start_reader python3 -c '
import signal, sys
class Handled(Exception): pass
def handle(*_): raise Handled
signal.signal(signal.SIGUSR1, handle)
try:
    open(sys.argv[1]).read()
except Handled:
    print("handled")' "$mnt/slow/info"
before=$(now_ms)
send USR1
ends_well "a reader that handles SIGUSR1"
expect "$(<"$work/out")" handled "what it did"
(($(now_ms) - before < 2000 * slower)) || fail "a handled signal took $(($(now_ms) - before)) ms"

# --- after a stop, Ctrl+C ends it within a second
for last in INT TERM KILL QUIT; do
    start_reader cat "$mnt/slow/info"
    send TSTP CONT
    before=$(now_ms)
    kill -"$last" "$reader"
    reap "$reader" 5
    [[ $status != timeout && $status != 0 ]] || fail "cat: status $status after CONT and $last"
    (($(now_ms) - before < 1000 * slower)) ||
        fail "SIG$last after SIGCONT took $(($(now_ms) - before)) ms"
done
clear_faults

# --- a shell whose background job ends while it waits
bash -c 'sleep 0.5 & echo wait >"$1"; echo "status $?"' - "$mnt/waited/ctl" >"$work/shell" 2>&1 &
shell=$!
sleep 1.5 # its job has ended; that it goes on can't be seen from outside
is_running "$shell" || fail "the wait has ended with its job: $(<"$work/shell")"
control POST task/waited '{"status": "success"}' >/dev/null
reap "$shell" 5
expect "$(<"$work/shell")" "status 0" "what the shell says"
