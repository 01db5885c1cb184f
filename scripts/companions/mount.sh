# shellcheck shell=sh disable=SC2034,SC2119,SC2120,SC2154
# Finds the mount that a companion program works through, and checks it. Sourced by common.sh.

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
