# shellcheck shell=sh disable=SC2034,SC2154
# The parts of taskfs-wait that start and end processes, and that show what is known. The program
# keeps $count, $open and the variables of each task.

# --- processes ---------------------------------------------------------------------------------

# A write of `wait` returns when the service says that the task has ended, whatever its status is
# called. It is repeated after so many seconds, so that if this program is killed by SIGKILL, the
# process that writes ends by itself.
patience=10

start_waiter() { # NUMBER FOLDER
    LC_ALL=C dd "of=$2/ctl" conv=notrunc,nocreat status=none 2>"$tmp/wait.$1" <<END &
wait $patience
END
    eval "waiter_$1=\$!"
}

# Reads the status in the background, because a service that does not answer must not delay the
# other tasks; for a task in the queue, also its place there every 5 seconds.
start_reader() { # NUMBER FOLDER
    asked=0
    eval "status=\$status_$1 asked=\$asked_$1"
    set -- "$1" "$2/status" "$2/info"
    if [ "$status" = submitted ] && [ $((now - asked)) -ge 5 ]; then
        eval "asked_$1=$now"
        LC_ALL=C cat -- "$2" "$3" >"$tmp/read.$1" 2>"$tmp/read.$1.error" &
    else
        LC_ALL=C cat -- "$2" >"$tmp/read.$1" 2>"$tmp/read.$1.error" &
    fi
    eval "reader_$1=\$!"
}

# has_ended PID: whether a child process has ended, whether or not it was waited for.
has_ended() {
    state=Z
    { read -r _ _ state _ <"/proc/$1/stat"; } 2>/dev/null
    [ "$state" = Z ]
}

# pause SECONDS: sleeps, unless a signal arrives.
pause() {
    sleep "$1" &
    sleeper=$!
    wait "$sleeper" 2>/dev/null
    sleeper=
}

stop_processes() {
    [ -z "$sleeper" ] || kill "$sleeper" 2>/dev/null
    n=0
    while [ $n -lt "$count" ]; do
        n=$((n + 1))
        stop_logger "$n"
        eval "waiter=\$waiter_$n reader=\$reader_$n"
        for pid in $waiter $reader; do
            [ "$pid" = none ] || kill "$pid" 2>/dev/null
        done
    done
    wait 2>/dev/null
}

# --- what is shown -----------------------------------------------------------------------------

clear_line() {
    [ "$shown" = no ] || printf '\r\033[K'
    shown=no
}

tell() {
    clear_line
    print "$*"
}

warn() {
    clear_line
    say "$*"
}

# describe NUMBER: sets $line to the status of the task, for how long it has had it, and its place.
describe() {
    eval "status=\$status_$1 since=\$since_$1 ahead=\$ahead_$1"
    line=${status:-...}
    ahead=${ahead:-}
    if [ -n "$since" ]; then
        duration $((now - since))
        line="$line for $text"
    fi
    case $ahead in
    '' | '?') ;;
    *) line="$line, tasks ahead: $ahead" ;;
    esac
}

# Draws the line of a terminal, with as many tasks as there is room for.
draw() {
    all=
    n=0
    while [ $n -lt "$count" ]; do
        n=$((n + 1))
        eval "waiter=\$waiter_$n folder=\$folder_$n"
        if [ -n "$waiter" ] && [ ${#all} -lt "$width" ]; then
            describe $n
            all="$all${all:+; }${folder##*/}: $line"
        fi
    done
    [ "$open" -le 1 ] || all="$open go on: $all"
    printf '\r%.*s\033[K' $((width - 1)) "$all"
    shown=yes
}
