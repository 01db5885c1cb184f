# shellcheck shell=sh disable=SC2034,SC2119,SC2120
# What the companion programs share. They work through a mount alone: what they know they read from
# its files, what they want they write to ctl. POSIX sh; GNU coreutils and findutils, awk.
#
# The program is named by $program; a failure that ends it is exit status 1, wrong usage 2.
program=${0##*/}
mount_table=/proc/self/mountinfo
mount= # the mount in use, once it was needed or named
pids=  # what reads for us
tmp=   # a folder for what is to be gone at the end

failed=0

unset CDPATH
# No file that is opened gets the number of a standard output that was closed.
[ -e /proc/self/fd/1 ] || exec >/dev/full

# To standard output, as it is: some shells' echo knows escapes.
print() {
    printf '%s\n' "$*" 2>/dev/null || not_written
}

# Reports once that standard output cannot be written, unless its reader has gone (SIGPIPE), and
# makes the exit status 1.
unwritten=no
not_written() {
    [ $? = 141 ] || [ $unwritten = yes ] || say "cannot write to standard output"
    unwritten=yes
    failed=1
}

# Prints the program's help, and ends it.
end_with_help() {
    help 2>/dev/null || not_written
    exit $failed
}

say() {
    printf '%s: %s\n' "$program" "$*" >&2
}

fail() {
    say "$*"
    exit 1
}

usage_error() {
    say "$*: see $program -h"
    exit 2
}

# need_value ARGUMENT...: the first is an option that wants the second as its value.
need_value() {
    [ $# -ge 2 ] || usage_error "option '$1' wants a value"
}

# need_seconds OPTION VALUE: whole seconds, as ctl takes them; sets $value to them.
need_seconds() {
    case $2 in
    '' | *[!0-9]* | ??????????*) usage_error "option '$1' wants whole seconds, not '$2'" ;;
    esac
    decimal "$2"
}

# decimal DIGITS: sets $value to them without zeros before, with which a shell takes them for octal.
decimal() {
    value=$1
    while [ "$value" != 0 ] && [ "$value" != "${value#0}" ]; do
        value=${value#0}
    done
}

# Makes $tmp. Whoever sets another trap on EXIT calls remove_tmp in it.
make_tmp() {
    tmp=$(mktemp -d "${TMPDIR:-/tmp}/$program-XXXXXX") || exit 1
    trap remove_tmp EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
    trap 'exit 141' PIPE
}

remove_tmp() {
    stop_reading
    [ -z "$tmp" ] || rm -rf "$tmp"
}

# --- the mount ---------------------------------------------------------------------------------

# The mount points of taskfs, escaped as in the table, one a line: the user's own, else those that
# others let in. What is covered by another mount at the same place does not count.
mount_points() {
    awk -v me="$(id -u)" '
        {
            for (i = 7; i <= NF && $i != "-"; i++);
            options = "," $(i + 3) ","
            own = index(options, ",user_id=" me ",") > 0
            delete owned[$5]
            delete shared[$5]
            if ($(i + 1) == "fuse.taskfs" && $4 == "/" && own)
                owned[$5] = 1
            else if ($(i + 1) == "fuse.taskfs" && $4 == "/" && index(options, ",allow_other,"))
                shared[$5] = 1
        }
        END {
            for (point in owned) {
                print point
                found = 1
            }
            if (!found)
                for (point in shared)
                    print point
        }' "$mount_table" | LC_ALL=C sort
}

# unescape TEXT: undoes the table's octal escapes. The x keeps a newline at the end.
unescape() {
    point=$(printf '%bx' "$(printf '%s\n' "$1" | sed 's/\\\([0-7]\)/\\0\1/g')")
    point=${point%x}
}

# Sets $mount to the only mount there is, or to the one that holds the working directory.
search_mount() {
    points=$(mount_points) || exit 1
    mounts_found=0
    mount_names=
    inside=$(pwd -P)/
    old_ifs=$IFS
    IFS='
'
    for escaped in $points; do
        unescape "$escaped"
        case $inside in
        "$point"/*)
            mount=$point
            mounts_found=1
            break
            ;;
        esac
        mount=$point
        mounts_found=$((mounts_found + 1))
        mount_names="$mount_names${mount_names:+, }'$point'"
    done
    IFS=$old_ifs
    case $mounts_found in
    0) fail "no mount of taskfs was found: 'taskfs DIR' makes one, -m DIR names one" ;;
    1) ;;
    *) fail "there is more than one mount of taskfs ($mount_names): say which with -m" ;;
    esac
}

# check_mount DIR: where DIR is no mount of taskfs that answers, returns 1 and sets $reason.
check_mount() {
    problem=$(LC_ALL=C cat -- "$1/.taskfs/config" 2>&1 >/dev/null) && return
    case $problem in
    *'not connected')
        reason="the mount at '$1' is dead, its process has gone: 'taskfs $1' clears it and mounts anew"
        ;;
    *'No such file or directory' | *'Not a directory')
        reason="'$1' is no mount of taskfs: 'taskfs $1' makes it one, -m DIR names another"
        ;;
    *) reason="cannot use the mount at '$1': ${problem##*: }" ;;
    esac
    return 1
}

# find_mount [DIR]: sets $mount to DIR, else to what TASKFS_MOUNT says, else to what is found.
find_mount() {
    mount=${1:-${TASKFS_MOUNT:-}}
    [ -n "$mount" ] || search_mount
    while [ "$mount" != / ] && [ "$mount" != "${mount%/}" ]; do
        mount=${mount%/}
    done
    case $mount in
    -*) mount=./$mount ;;
    esac
    check_mount "$mount" || fail "$reason"
}

# --- tasks -------------------------------------------------------------------------------------

# find_task ARGUMENT: an id, or a path MOUNT/ID. Sets $task to the task's folder, and $id.
# Where the path leads to no mount, returns 1 and sets $reason.
find_task() {
    task=$1
    while [ "$task" != "${task%/}" ]; do
        task=${task%/}
    done
    id=${task##*/}
    case $id in
    '' | -* | .*) usage_error "'$1' is no task id" ;;
    esac
    case $1 in
    */*)
        case $task in
        */*) parent=${task%/*} ;;
        *) parent=. ;;
        esac
        check_mount "${parent:-/}" || return 1
        task=$parent/$id
        ;;
    *)
        [ -n "$mount" ] || find_mount
        task=$mount/$id
        ;;
    esac
}

# explain TASK TEXT: sets $reason to what TEXT, a system's message for an errno, means for a task.
explain() {
    case $2 in
    *'No such file or directory') reason="no such task in '${1%/*}'" ;;
    *'Input/output error')
        reason="the service could not be reached, or what it sent is damaged: '${1%/*}/.taskfs/log' says more"
        ;;
    *'Permission denied') reason="permission denied: the key was refused, or the mount is another user's" ;;
    *'timed out') reason="the service did not answer in time: try again" ;;
    *'not connected') reason="the mount at '${1%/*}' is dead: 'taskfs ${1%/*}' mounts it anew" ;;
    *'Read-only file system') reason="the mount at '${1%/*}' is read-only (-o ro)" ;;
    *) reason=${2##*: } ;;
    esac
}

# read_status TASK: sets $status; where it can't be read, returns 1 and sets $reason, and $vanished
# to yes where the service says that there is no such task.
read_status() {
    vanished=no
    status=$(LC_ALL=C cat -- "$1/status" 2>&1) && return
    explain "$1" "$status"
    case $status in
    *'No such file or directory') vanished=yes ;;
    esac
    status=
    return 1
}

# write_ctl TASK VERB NAME: writes the verb to the task's ctl; when that fails, returns 1 and sets
# $reason. dd writes it, because its message tells the errno; ctl_error has more words, but another
# writer may have changed it since. The message goes to the file NAME in $tmp; $writer is the
# process that writes, while it does.
write_ctl() {
    LC_ALL=C dd "of=$1/ctl" conv=notrunc,nocreat status=none 2>"$tmp/ctl.$3" <<END &
$2
END
    writer=$!
    wait "$writer" && return
    problem=$(cat "$tmp/ctl.$3")
    explain_ctl "$1" "$problem"
    return 1
}

# explain_ctl TASK TEXT: sets $reason to what dd's TEXT means.
explain_ctl() {
    explain "$1" "$2"
    case $2 in
    *'failed to open'* | *'No such file or directory') return ;;
    esac
    words=$(head -n 1 -- "$1/ctl_error" 2>/dev/null)
    case $words in
    '' | ok) ;;
    *) reason=$words ;;
    esac
}

# Whether a task in this status has come to its end for good, as far as is known: there are more.
# Those that may be submitted again are left out.
is_end() {
    case $1 in
    success | failed | killed | executer-failed | executer-terminated-by-user | zombie | \
        executer-terminated-ttl-exceeded | executer-terminated-credits-exhausted | ttl-exceeded) ;;
    *) return 1 ;;
    esac
}

# Whether a task in this status waits or runs.
goes_on() {
    case $1 in
    pending-input | submitted | started | computation-started | computation-ended) ;;
    *) return 1 ;;
    esac
}

# list_ids: the tasks that the service lists, newest first, one a line.
list_ids() {
    ids=$(LC_ALL=C ls -U -- "$mount" 2>&1) && printf '%s\n' "$ids" && return
    explain "$mount/" "$ids"
    say "cannot list the tasks in '$mount': $reason"
    return 1
}

# tabulate FILE...: rows of a table from `info`: id, simulator, status, submitted, started, machine,
# project, parted by tabs; what is not known is -. A FILE that is empty or missing gives no row.
tabulate() {
    awk '
        function row() {
            if (id != "")
                printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", id, value["Simulator"], value["Status"], value["Submitted"],
                    value["Started"], value["Type"], value["Project"]
            split("Simulator Status Submitted Started Type Project", labels, " ")
            for (i in labels)
                value[labels[i]] = "-"
            id = ""
            over = 0
        }
        FNR == 1 {
            row()
            id = substr($0, 6)
        }
        /^Error/ { over = 1 }
        !over && /^  [A-Z][A-Za-z ]*: / {
            label = $0
            sub(/:.*/, "", label)
            sub(/^ */, "", label)
            text = $0
            sub(/^[^:]*: */, "", text)
            if (label == "Status")
                sub(/ \(.*/, "", text)
            if (label == "Submitted" || label == "Started")
                sub(/ UTC$/, "", text)
            if (label in value)
                value[label] = text
        }
        END { row() }' "$@"
}

# read_infos TASK...: reads their `info`, many at once, as a slow network adds up else: the n-th is
# in $tmp/info.n, and why it could not be read in $tmp/info.n.error.
read_infos() {
    number=0
    pids=
    for folder; do
        number=$((number + 1))
        LC_ALL=C cat -- "$folder/info" >"$tmp/info.$number" 2>"$tmp/info.$number.error" &
        pids="$pids $!"
        if [ $((number % 32)) = 0 ]; then
            # shellcheck disable=SC2086 # a list of numbers
            wait $pids
            pids=
        fi
    done
    # shellcheck disable=SC2086
    [ -z "$pids" ] || wait $pids || :
    pids=
}

# Ends what read_infos began, when it is interrupted.
stop_reading() {
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill $pids 2>/dev/null
    pids=
}

# Aligns what comes as tab-separated rows, two spaces between columns.
align() {
    awk -F '\t' '
        {
            rows = NR
            if (NF > most)
                most = NF
            for (i = 1; i <= NF; i++) {
                cell[NR, i] = $i
                if (length($i) > width[i])
                    width[i] = length($i)
            }
        }
        END {
            for (r = 1; r <= rows; r++) {
                line = ""
                for (i = 1; i <= most; i++)
                    line = line sprintf(i < most ? "%-" width[i] "s  " : "%s", cell[r, i])
                sub(/ +$/, "", line)
                print line
            }
        }'
}

# --- for people --------------------------------------------------------------------------------

# duration SECONDS: sets $text to HH:MM:SS.
duration() {
    seconds=$1
    [ "$seconds" -ge 0 ] || seconds=0
    text=$(printf '%02d:%02d:%02d' $((seconds / 3600)) $((seconds / 60 % 60)) $((seconds % 60)))
}

# size BYTES: sets $text to it as the mount writes sizes, 1 KB being 1000 bytes.
size() {
    text=$(awk -v n="$1" 'BEGIN {
        split("B KB MB GB TB PB", units, " ")
        for (i = 1; n >= 1000 && i < 6; i++)
            n /= 1000
        printf i == 1 ? "%d %s" : "%.2f %s", n, units[i]
    }')
}

# columns: sets $width to that of the terminal.
columns() {
    width=$(stty size 2>/dev/null </dev/tty)
    width=${width#* }
    case $width in
    '' | 0 | *[!0-9]*) width=80 ;;
    esac
}
