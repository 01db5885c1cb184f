# shellcheck shell=sh disable=SC2034,SC2119,SC2120,SC2154
# Finds tasks in the mount, reads their status and writes to their ctl. Sourced by common.sh.

# plain NAME: sets $file to NAME without redundant slashes and dots. For the current folder $file
# is empty.
plain() {
    file=$1/
    while :; do
        case $file in
        *//*) file=${file%%//*}/${file#*//} ;;
        */./*) file=${file%%/./*}/${file#*/./} ;;
        ./*) file=${file#./} ;;
        *) break ;;
        esac
    done
    [ "$file" = / ] || file=${file%/}
}

# find_path ARGUMENT: ARGUMENT is the id of a task, the path MOUNT/ID, or a path below that. Sets
# $id, $task to the folder of the task, and $below to the part of the path below it. When the path
# is not in a mount, returns 1 and sets $reason.
find_path() {
    below=
    task=$1
    while [ "$task" != "${task%/}" ]; do
        task=${task%/}
    done
    case $1 in
    */*)
        case $task in
        */*) parent=${task%/*} ;;
        *) parent=. ;;
        esac
        id=${task##*/}
        if is_mount_point "$parent"; then
            :
        elif path_in_mount "$1"; then
            parent=$outer
            plain "$rest"
            id=${file%%/*}
            below=${file#"$id"}
            below=${below#/}
        else
            check_mount "${parent:-/}" || return 1
        fi
        ;;
    *)
        id=$task
        ;;
    esac
    case $id in
    '' | -* | .*) usage_error "'$1' is not a task id" ;;
    esac
    case $1 in
    */*) ;;
    *)
        [ -n "$mount" ] || find_mount
        parent=$mount
        ;;
    esac
    task=$parent/$id
}

# find_task ARGUMENT: the same for programs that take whole tasks.
find_task() {
    find_path "$1" || return 1
    [ -n "$below" ] || return 0
    reason="the path leads into a task: name the task itself, '$task'"
    return 1
}

# explain TASK TEXT: TEXT is a system's message that ends in an errno's words. Sets $reason to what
# it means for the task, and $trouble to its kind: `absent` when there is no such task, `gone` when
# the mount is gone, else `other`.
explain() {
    trouble=other
    case $2 in
    *'No such file or directory' | *'not connected' | *'connection abort')
        ! mount_is_gone "${1%/*}" || return 0
        ;;
    esac
    case $2 in
    *'No such file or directory')
        trouble=absent
        reason="no such task in '${1%/*}'"
        ;;
    *'not connected' | *'connection abort')
        # It has come back since.
        trouble=gone
        lost=${1%/*}
        why='but has come back'
        reason="the mount at '$lost' was gone for a moment: try again"
        ;;
    *'Input/output error')
        reason="the service could not be reached, or what it sent is damaged: '${1%/*}/.taskfs/log' says more"
        ;;
    *'Permission denied') reason="permission denied: the key was refused, or the mount is another user's" ;;
    *'timed out') reason="the service did not answer in time: try again" ;;
    *'Read-only file system') reason="the mount at '${1%/*}' is read-only (-o ro)" ;;
    '') reason="it failed without a message" ;;
    *) reason=${2##*: } ;;
    esac
}

# read_status TASK: sets $status. When it cannot be read, $status is empty, and the function returns
# 1 and explains why.
read_status() {
    status=$(LC_ALL=C cat -- "$1/status" 2>&1) && return
    explain "$1" "$status"
    status=
    return 1
}

# write_ctl TASK VERB NAME: writes the verb to the task's ctl; when that fails, returns 1 and
# explains why. dd writes it, because its message tells the errno; ctl_error has more words, but
# another writer may have changed it since. The message goes to the file ctl.NAME in $tmp; $writer
# is the process that writes, while it does.
write_ctl() {
    LC_ALL=C dd "of=$1/ctl" conv=notrunc,nocreat status=none 2>"$tmp/ctl.$3" <<END &
$2
END
    writer=$!
    wait "$writer" 2>/dev/null && return
    problem=$(cat "$tmp/ctl.$3" 2>/dev/null)
    explain_ctl "$1" "$problem"
    return 1
}

# explain_ctl TASK TEXT: the same as explain for a message of dd about the task's ctl.
explain_ctl() {
    explain "$1" "$2"
    [ "$trouble" = other ] || return 0
    case $2 in
    *'failed to open'*) return ;;
    esac
    words=$(head -n 1 -- "$1/ctl_error" 2>/dev/null)
    case $words in
    '' | ok) ;;
    *) reason=$words ;;
    esac
}

# Whether a task in this status has ended for good, as far as this program knows the service's
# statuses. Those from which a task may be submitted again are left out.
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

# Prints the ids of the tasks that the service lists, the newest first, one a line. When they cannot
# be listed, returns 1 and explains why.
#
# An unmounted mount point is an ordinary folder, whose listing must not pass for that of an account
# without tasks: therefore the folder that is listed is the one that has the mount's own file.
list_ids() {
    ids=$(
        cd -- "$mount" 2>/dev/null || exit 1
        LC_ALL=C ls -U . 2>&1 || exit 1
        [ -e .taskfs/config ] || exit 2
    )
    case $? in
    0)
        printf '%s\n' "$ids"
        return
        ;;
    2) ids='not connected' ;;
    esac
    explain "$mount/" "$ids"
    return 1
}
