# shellcheck shell=sh disable=SC2034,SC2119,SC2120,SC2154
# Finds tasks in the mount, reads their status and writes to their ctl. Sourced by common.sh.

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

# write_ctl TASK VERB NAME: carries the verb out; where that fails, returns 1 and sets $reason. dd, for
# it says which errno it was; the words are in ctl_error, which another may have written since. What
# it says goes through a file of this NAME in $tmp; $writer is its process while it is at work.
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
