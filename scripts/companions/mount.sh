# shellcheck shell=sh disable=SC2034,SC2119,SC2120,SC2154
# Finds the mount that a companion program works through, and checks it. Sourced by common.sh.

# Prints the mount points of taskfs, escaped as in the table, one a line: the user's own, or if
# there are none, those that others share (allow_other). A mount that another one covers is left
# out.
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

# unescape TEXT: sets $point to TEXT without the table's octal escapes. The x keeps a newline at the
# end of a name.
unescape() {
    point=$(printf '%bx' "$(printf '%s\n' "$1" | sed 's/\\\([0-7]\)/\\0\1/g')")
    point=${point%x}
}

# Sets $here to the working directory. The x keeps a newline at the end of its name.
working_directory() {
    here=$(pwd -P 2>/dev/null && printf x)
    here=${here%?x}
}

# Sets $mount to the mount that contains the working directory, or else to the only one there is.
search_mount() {
    points=$(mount_points 2>/dev/null)
    mounts_found=0
    mount_names=
    working_directory
    old_ifs=$IFS
    IFS='
'
    for escaped in $points; do
        unescape "$escaped"
        case $here/ in
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
    0) fail "no mount of taskfs was found: 'taskfs DIR' mounts one, -m DIR names one" ;;
    1) ;;
    *) fail "there is more than one mount of taskfs ($mount_names): say which with -m" ;;
    esac
}

# is_mount_point DIR: whether DIR has the mount's own file and is on another device than its parent:
# a folder in a task's archive can look like a mount, but is on the device of the mount.
is_mount_point() {
    [ -e "$1/.taskfs/config" ] &&
        [ "$(stat -L -c %d -- "$1" 2>/dev/null)" != "$(stat -L -c %d -- "$1/.." 2>/dev/null)" ]
}

# path_in_mount PATH: whether PATH, which need not exist, is a mount or lies in one. If so, sets
# $outer to the mount and $rest to the part of PATH below it; else returns 1.
path_in_mount() {
    rest=
    outer=$1
    case $1 in
    /*) ;;
    *)
        working_directory
        outer=$here/$1
        ;;
    esac
    while [ -n "$outer" ]; do
        case $outer in
        */) ;;
        *)
            ! is_mount_point "$outer" || return 0
            rest=${outer##*/}${rest:+/}$rest
            outer=${outer%"${outer##*/}"}
            ;;
        esac
        outer=${outer%/}
    done
    return 1
}

# look_at_mount DIR: whether a mount of taskfs answers at DIR. If not, sets $mount_problem to what
# the system says.
look_at_mount() {
    mount_problem=$(LC_ALL=C cat -- "$1/.taskfs/config" 2>&1 >/dev/null)
}

# find_dead_mount PATH: PATH is or lies in a mount whose process has ended. Sets $dead to the mount.
find_dead_mount() {
    dead=$1
    while :; do
        case $dead in
        */*) look_at_mount "${dead%/*}" ;;
        *) return ;;
        esac
        case $mount_problem in
        *'not connected') dead=${dead%/*} ;;
        *) return ;;
        esac
    done
}

# check_mount DIR: when DIR is not a mount of taskfs that answers, returns 1 and sets $reason.
check_mount() {
    if ! is_mount_point "$1" && path_in_mount "$1" && [ -n "$rest" ]; then
        reason="'$1' is not a mount itself, but lies in the mount at '$outer'"
        return 1
    fi
    if look_at_mount "$1"; then
        # Files that the kernel has cached can be read after the end of the mount's process.
        look_at_mount "${1%/*}"
        case $mount_problem in
        *'not connected') ;;
        *) return 0 ;;
        esac
    fi
    case $mount_problem in
    *'not connected')
        find_dead_mount "$1"
        reason="the mount at '$dead' is dead because its process has ended: 'taskfs $dead' mounts it again"
        ;;
    *'No such file or directory' | *'Not a directory')
        reason="'$1' is not a mount of taskfs: 'taskfs $1' mounts one there, -m DIR names another"
        ;;
    *) reason="cannot use the mount at '$1': ${mount_problem##*: }" ;;
    esac
    return 1
}

# mount_is_gone DIR: whether the mount at DIR, which did answer, is gone. If so, sets $lost to DIR,
# $why and $reason, and $trouble to `gone`.
mount_is_gone() {
    ! look_at_mount "$1" || return 1
    case $mount_problem in
    *'not connected' | *'connection abort') why='its process has ended' ;;
    *'No such file or directory' | *'Not a directory') why='it was unmounted' ;;
    *) return 1 ;;
    esac
    lost=$1
    reason="the mount at '$lost' is gone, $why: 'taskfs $lost' mounts it again"
    trouble=gone
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
