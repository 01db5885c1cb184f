# shellcheck shell=bash
# What a mounted test stands on. A test sources this first; then $mnt is where it mounts, $root the
# folder of tasks, and everything it starts here is ended, and checked, when it exits.
#
# The test fails on the first command that fails. When it would pass, it still fails when the daemon
# does not end cleanly (status 0 within 5 s), wrote to stderr, or a sanitizer reported anything.
set -euo pipefail

if [[ -z ${TEST_DIRECTORY:-} ]]; then
    echo "run me through tests/run" >&2
    exit 2
fi
lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
archives=$(cd "$lib/../../archives" && pwd)
work=$TEST_DIRECTORY
root=$work/root
mnt="$work/mount point" # with a space, to see that nothing minds
request_log=$work/requests.log
key=demo-key.0123456789_abcdef
api_url=
emulator_pid=
taskfs_pid=
declare -A tracker_pids=() # by task: lib/tracker.sh
marked_line=0
read -ra prefix <<<"$TASKFS_PREFIX" # what an instrumented build must be started by
noise_allowed=no
at_end=() # functions of other libraries, called when the test ends
# `"${default_signals[@]}" COMMAND` takes each signal as it does on a terminal: a script's
# background jobs ignore SIGINT and SIGQUIT, and under nohup everything ignores SIGHUP.
default_signals=(env --default-signal)
# How much slower the instrumented builds are allowed to be.
case $TASKFS_VARIANT in
asan | allocfail) slower=3 ;;
tsan) slower=5 ;;
*) slower=1 ;;
esac
export PYTHONDONTWRITEBYTECODE=1 INDUCTIVA_API_KEY=$key
unset INDUCTIVA_API_URL
mkdir -p "$root" "$mnt"

python() {
    PYTHONPATH=$lib:$archives /usr/bin/python3 "$@"
}

# --- the end -----------------------------------------------------------------------------------

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

skip() {
    echo "SKIP $*"
    exit 77
}

show() { # FILE: what is in it, when there is something
    if [[ -s $1 ]]; then
        echo "--- $(basename "$1")"
        uniq -c "$1" | tail -n 30
    fi
}

report_failure() {
    show "$work/taskfs.stderr"
    show "$work/emulator.stderr"
    if [[ -s $request_log ]]; then
        echo "--- the last requests"
        grep -v '"kind":"control"' "$request_log" | tail -n 15
    fi
    if compgen -G "$work/sanitizer.*" >/dev/null; then
        head -n 60 "$work"/sanitizer.*
    fi
}

is_running() {
    kill -0 "$1" 2>/dev/null
}

# Waits until process $1, a child, has ended: its status is in $status. Kills it after $2 seconds.
reap() {
    local pid=$1 deadline=$((SECONDS + $2))
    status=0
    while is_running "$pid"; do
        if ((SECONDS > deadline)); then
            kill -KILL "$pid" 2>/dev/null || true
            wait "$pid" 2>/dev/null || true
            status=timeout
            return
        fi
        sleep 0.02
    done
    wait "$pid" 2>/dev/null || status=$?
}

finish() {
    local result=$? status act pid
    set +e
    if ((BASH_SUBSHELL > 0)); then
        exit "$result"
    fi
    trap - EXIT ERR
    for act in "${at_end[@]}"; do "$act"; done
    if ((result == 0)) && [[ -n $emulator_pid ]] && ! (expect_faults_hit); then
        result=1
    fi
    if [[ -n $taskfs_pid ]]; then
        kill -TERM "$taskfs_pid" 2>/dev/null
        end_of_daemon || result=$((result == 0 || result == 77 ? 1 : result))
    fi
    for pid in "${tracker_pids[@]}"; do
        kill -KILL "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    if is_mounted; then
        fusermount3 -u -z "$mnt"
        echo "FAILED: '$mnt' was still mounted" >&2
        result=1
    fi
    if [[ -n $emulator_pid ]]; then
        kill -TERM "$emulator_pid" 2>/dev/null
        reap "$emulator_pid" 10
        if [[ $status != 0 ]]; then
            echo "FAILED: the emulator's exit status is $status" >&2
            ((result == 0)) && result=1
        fi
    fi
    if compgen -G "$work/sanitizer.*" >/dev/null; then
        echo "FAILED: a sanitizer has something to say" >&2
        result=1
    fi
    if ((result != 0 && result != 77)); then
        report_failure
    fi
    exit "$result"
}
trap finish EXIT
trap 'echo "FAILED: line $LINENO of $(basename "${BASH_SOURCE[0]}"): $BASH_COMMAND" >&2' ERR

# --- the service -------------------------------------------------------------------------------

# emulator [OPTION...]: starts the service on a free port, or again on the port it had.
emulator() {
    rm -f "$work/port"
    "$TASKFS_EMULATOR" --root "$root" --port "${port:-0}" --port-file "$work/port" \
        --log "$request_log" "$@" >>"$work/emulator.stdout" 2>>"$work/emulator.stderr" &
    emulator_pid=$!
    eventually 10 has_port || fail "the emulator did not start"
    port=$(<"$work/port")
    api_url=http://127.0.0.1:$port
}

has_port() {
    [[ -s $work/port ]] || ! is_running "$emulator_pid"
}

# Ends the service: from now on connections are refused.
stop_emulator() {
    local status
    expect_faults_hit
    kill -TERM "$emulator_pid"
    reap "$emulator_pid" 10
    emulator_pid=
}

# task ID [JSON]: a task; what the JSON leaves out gets lifelike values.
task() {
    mkdir -p "$root/$1"
    printf '%s\n' "${2:-{\"status\": \"success\"\}}" >"$root/$1/task.json.new"
    mv "$root/$1/task.json.new" "$root/$1/task.json"
}

# archive ID FILES...: a finished task with an output archive made by zipfile of (name, text) pairs.
archive() {
    local id=$1
    shift
    task "$id"
    python "$archives/writers.py" zipfile "$root/$id/output.zip" "$@"
}

# control METHOD CALL [JSON]: a control call of the emulator; prints its answer.
control() {
    curl -sS --fail-with-body -m 20 -X "$1" ${3:+--data-binary "$3"} "$api_url/_emulator/$2" ||
        fail "control call $1 $2 ${3:-}"
}

# fault RULE: switches a fault on, or an array of them (tests/emulator/README.md).
fault() {
    control POST faults "$1" >/dev/null
}

# Removes all faults; requests that they hold go on. Each must have changed a request by now.
clear_faults() {
    expect_faults_hit
    control DELETE faults >/dev/null
}

# A fault that no request has met tests nothing.
expect_faults_hit() {
    local idle
    idle=$(control GET faults | jq -c '.. | objects | select(.hits? == 0)')
    [[ -z $idle ]] || fail "no request has met this fault: $idle"
}

# How many requests were changed by a fault that is still on.
fault_hits() {
    control GET faults | jq '[.. | .hits? // empty] | add // 0'
}

# How many requests a fault holds at this moment.
waiting_requests() {
    control GET stats | jq .requests_waiting
}

# --- the log -----------------------------------------------------------------------------------

# Requests are counted from here on.
mark() {
    settle
    marked_line=$(wc -l <"$request_log")
}

# A line is written when its answer is complete: waits until none is under way, and none has come
# for a while.
settle() {
    if [[ -n $emulator_pid ]]; then
        control GET sync >/dev/null
    fi
    python "$lib/requests.py" settle "$request_log"
}

# requests [KEY=VALUE...]: how many since the mark have these values in the log. A key, kind, path
# or task that no request can have is an error.
requests() {
    settle
    python "$lib/requests.py" count "$request_log" "$marked_line" "$root" "$@"
}

# requests_max KEY [KEY=VALUE...]: the largest value of KEY among them. There must be one.
requests_max() {
    settle
    python "$lib/requests.py" max "$request_log" "$marked_line" "$root" "$@"
}

# requests_each KEY [KEY=VALUE...]: their values of KEY in one line, in the order of arrival.
requests_each() {
    settle
    python "$lib/requests.py" each "$request_log" "$marked_line" "$root" "$@"
}

# expect_requests COUNT [KEY=VALUE...]: so many, no more and no less. Where the contract leaves
# room, COUNT is LEAST-MOST.
expect_requests() {
    local least=${1%-*} most=${1#*-} count
    shift
    count=$(requests "$@")
    if ((count < least || count > most)); then
        tail -n +$((marked_line + 1)) "$request_log" | grep -v '"kind":"control"' | tail -n 30 || true
        [[ $least == "$most" ]] || most="$least to $most"
        fail "$count requests (${*:-of any kind}), expected $most"
    fi
}

# --- the mount ---------------------------------------------------------------------------------

is_mounted() {
    mountpoint -q "$mnt" 2>/dev/null || [[ $(stat -c %i "$mnt" 2>&1) == *"not connected"* ]]
}

# mount [OPTION...]: a daemon in the foreground, its stderr kept.
mount() {
    start "$@"
    eventually $((10 * slower)) mounted_or_dead
    is_running "$taskfs_pid" || fail "taskfs did not mount: $(tail -n 3 "$work/taskfs.stderr")"
}

start() {
    "${default_signals[@]}" "${prefix[@]}" "$TASKFS" -f ${api_url:+-o "api_url=$api_url"} "$@" "$mnt" \
        </dev/null >>"$work/taskfs.stdout" 2>>"$work/taskfs.stderr" &
    taskfs_pid=$!
}

mounted_or_dead() {
    mountpoint -q "$mnt" || ! is_running "$taskfs_pid"
}

# The processes that have the mount point in their command line.
daemon_pids() {
    { grep -lszxF -- "$mnt" /proc/[0-9]*/cmdline || true; } | sed 's|^/proc/||; s|/cmdline$||'
}

# unmount: as a user does it. The daemon must end well by itself.
unmount() {
    fusermount3 -u "$mnt"
    end_of_daemon
}

# The daemon was told to end: it does so at once, with status 0 and without a word.
end_of_daemon() {
    local status bad=0
    reap "$taskfs_pid" $((5 * slower))
    taskfs_pid=
    if [[ $status != 0 ]]; then
        echo "FAILED: taskfs ended with status $status" >&2
        bad=1
    fi
    if [[ -s $work/taskfs.stdout ]] || [[ $noise_allowed == no && -s $work/taskfs.stderr ]]; then
        echo "FAILED: taskfs was not silent:" >&2
        sort "$work/taskfs.stdout" "$work/taskfs.stderr" | uniq -c | head -n 20 >&2
        bad=1
    fi
    return $bad
}

# --- what is expected --------------------------------------------------------------------------

# eventually SECONDS COMMAND...: polls until it succeeds.
eventually() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        if ((SECONDS > deadline)); then
            return 1
        fi
        sleep 0.02
    done
}

# expect ACTUAL EXPECTED [WHAT]
expect() {
    [[ $1 == "$2" ]] || fail "${3:-value} is '$1', expected '$2'"
}

# expect_match ACTUAL REGEX [WHAT]
expect_match() {
    [[ $1 =~ $2 ]] || fail "${3:-value} is '$1', expected to match '$2'"
}

# errno_of CALL PATH [ARGUMENT]: `ok` or the name of the errno, of one raw system call.
errno_of() {
    python "$lib/oscall.py" "$@"
}

# expect_errno ERRNO CALL PATH [ARGUMENT]
expect_errno() {
    local expected=$1 got
    shift
    got=$(errno_of "$@")
    [[ $got == "$expected" ]] || fail "$1 of '$2' gives $got, expected $expected"
}

now_ms() {
    date +%s%3N
}

# within MILLISECONDS COMMAND...: it must succeed in that time (more for instrumented builds).
within() {
    local limit=$(($1 * slower)) before took
    shift
    before=$(now_ms)
    timeout -k 1 "$((limit / 1000 + 1))" "$@" || fail "'$*' failed, or was stopped after $limit ms"
    took=$(($(now_ms) - before))
    ((took <= limit)) || fail "'$*' took $took ms, at most $limit expected"
}

# ctl ID TEXT: one write; prints `ok` or the errno's name.
ctl() {
    errno_of write "$mnt/$1/ctl" "$2"
}
