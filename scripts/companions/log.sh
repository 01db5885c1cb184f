# shellcheck shell=sh disable=SC2034,SC2154
# The part of taskfs-wait that shows the standard output of running tasks. Of task n, shown_n is how
# many of its bytes were shown, empty before the first look; logger_n is the process that reads what
# was added; mute_n is yes once it was said why there is no output.

# At the first look so many lines that are there already are shown.
first_lines=10

# A script: prints, on file descriptor 3, the offset at which it begins, and then the bytes of the
# file $1 after the first $2, as far as they can be read. It ends where the file ended when it was
# looked at.
# shellcheck disable=SC2016 # it is for another shell
print_added='
size=$(stat -L -c %s -- "$1") || exit
from=$2
if [ -z "$from" ]; then
    from=$(head -c "$size" -- "$1" | tail -n '$first_lines' | wc -c) || exit
    [ "$from" -gt 0 ] || [ "$size" -eq 0 ] || exit # it could not be read
    from=$((size - from))
fi
[ "$from" -le "$size" ] || from=0 # it was rewritten
echo "$from" >&3
[ "$from" -ge "$size" ] || tail -c "+$((from + 1))" -- "$1" | head -c $((size - from))
'

# The logger waits for the machine, which can take long. It has a process group of its own, so that
# all of it can be ended.
start_logger() { # NUMBER FOLDER
    known=
    eval "known=\$shown_$1"
    LC_ALL=C setsid sh -c "$print_added" sh "$2/live/stdout.txt" "$known" \
        >"$tmp/log.$1" 3>"$tmp/log.$1.from" 2>"$tmp/log.$1.error" </dev/null &
    eval "logger_$1=\$!"
}

stop_logger() { # NUMBER
    logger=
    eval "logger=\$logger_$1 logger_$1="
    [ -n "$logger" ] || return 0
    kill -- "-$logger" 2>/dev/null || kill "$logger" 2>/dev/null
    wait "$logger" 2>/dev/null
}

# show_added NUMBER FOLDER: prints what was read. The last line may not be complete: its newline, or
# its rest, comes first the next time.
show_added() {
    read -r from <"$tmp/log.$1.from" || return 0
    eval "shown_$1=\$((from + $(stat -c %s -- "$tmp/log.$1")))"
    [ -s "$tmp/log.$1" ] || return 0
    clear_line
    mark=
    [ "$count" -le 1 ] || mark="${2##*/}: "
    awk -v mark="$mark" '!(NR == 1 && $0 == "") { print mark $0 }' "$tmp/log.$1" 2>/dev/null ||
        not_written
}

# explain_silence NUMBER FOLDER: reports once why the output cannot be shown.
explain_silence() {
    mute=
    eval "mute=\$mute_$1"
    [ "$mute" = no ] && [ -s "$tmp/log.$1.error" ] || return 0
    case $(cat "$tmp/log.$1.error") in
    *'No such file or directory' | *'not connected'*) return ;;
    esac
    eval "mute_$1=yes"
    warn "task '${2##*/}': its output cannot be shown: $(cat "$2/live/.why" 2>/dev/null)"
}

# look_at_log NUMBER FOLDER: shows what was added, and looks again. Until the machine can be looked
# into, the file is not there.
look_at_log() {
    logger=
    eval "logger=\$logger_$1 status=\$status_$1"
    if [ -n "$logger" ]; then
        has_ended "$logger" || return 0
        wait "$logger" 2>/dev/null
        eval "logger_$1="
        show_added "$1" "$2"
        explain_silence "$1" "$2"
    fi
    [ "$status" != computation-started ] || start_logger "$1" "$2"
}

# end_log NUMBER FOLDER: the task has ended: what was added since the last look is in its outputs.
end_log() {
    known=
    stop_logger "$1"
    eval "known=\$shown_$1"
    [ -n "$known" ] && [ -f "$2/outputs/stdout.txt" ] || return 0
    LC_ALL=C sh -c "$print_added" sh "$2/outputs/stdout.txt" "$known" \
        >"$tmp/log.$1" 3>"$tmp/log.$1.from" 2>/dev/null
    show_added "$1" "$2"
}
