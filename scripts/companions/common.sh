# shellcheck shell=sh disable=SC2034,SC2119,SC2120,SC2154
# What all companion programs share: messages, exit status, options, the temporary folder, clocks.
# The programs know nothing but the files of a mount: they read what they show from its files, and
# write what they want to a task's ctl. They are written in POSIX sh and need GNU coreutils and
# findutils, util-linux and awk.
#
# A program calls itself $program. Its exit status is 0 or $failed: 1 after a failure, 3 when the
# mount went away while the program was at work. Wrong usage is 2.
program=${0##*/}
mount_table=/proc/self/mountinfo
mount= # the mount in use, once it was named or found
pids=  # processes in the background that read for us
tmp=   # a folder for temporary files, removed at the end

failed=0
mount_patience=30 # how many seconds a mount that is gone is waited for
trouble=          # the kind of the last failure: `absent`, `gone` or `other` (explain)

unset CDPATH
# When standard output is closed, this keeps a file that is opened later from taking its number.
[ -e /proc/self/fd/1 ] || exec >/dev/full

# Prints its arguments as they are: the echo of some shells interprets backslashes.
print() {
    printf '%s\n' "$*" 2>/dev/null || not_written
}

# Reports once that standard output cannot be written, unless its reader has gone (SIGPIPE). The
# exit status becomes 1.
unwritten=no
not_written() {
    [ $? = 141 ] || [ $unwritten = yes ] || say "cannot write to standard output"
    unwritten=yes
    [ "$failed" != 0 ] || failed=1
}

# Prints the program's help and exits.
end_with_help() {
    help 2>/dev/null || not_written
    exit "$failed"
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

# Enters a failure that `explain` has explained into the exit status.
note_failure() {
    if [ "$trouble" = gone ]; then
        failed=3
    elif [ "$failed" = 0 ]; then
        failed=1
    fi
}

# fail_explained MESSAGE: fails after `explain` has set $trouble. When the mount is gone, $reason
# alone is the message.
fail_explained() {
    if [ "$trouble" = gone ]; then
        say "$reason"
    else
        say "$*"
    fi
    note_failure
    exit "$failed"
}

# need_value ARGUMENT...: the first argument is an option whose value is the second.
need_value() {
    [ $# -ge 2 ] || usage_error "option '$1' needs a value"
}

# need_seconds OPTION VALUE: sets $value to VALUE, which must be whole seconds, as ctl takes them.
need_seconds() {
    case $2 in
    '' | *[!0-9]* | ??????????*) usage_error "option '$1' needs whole seconds, not '$2'" ;;
    esac
    decimal "$2"
}

# decimal DIGITS: sets $value to the number without leading zeros, because a shell reads a number
# that begins with 0 as octal.
decimal() {
    value=$1
    while [ "$value" != 0 ] && [ "$value" != "${value#0}" ]; do
        value=${value#0}
    done
}

# Creates $tmp and removes it at the end. A program that sets its own trap on EXIT must call
# remove_tmp in it.
make_tmp() {
    tmp=$(mktemp -d "${TMPDIR:-/tmp}/$program-XXXXXX" 2>/dev/null) ||
        fail "cannot create a folder in '${TMPDIR:-/tmp}': set TMPDIR to a folder that can be written"
    trap remove_tmp EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
    trap 'exit 141' PIPE
    # So that a full disk is one message, and not one for each file that is written later.
    { printf '%65536s' '' >"$tmp/room"; } 2>/dev/null
    [ "$(stat -c %s "$tmp/room" 2>/dev/null)" = 65536 ] ||
        fail "no space is left in '${TMPDIR:-/tmp}': set TMPDIR to a folder with more"
    rm "$tmp/room"
}

remove_tmp() {
    stop_reading
    [ -z "$tmp" ] || rm -rf "$tmp"
}

# --- clocks and texts --------------------------------------------------------------------------

# Sets $clock to hundredths of a second since the system started. Nobody can set this clock.
read_clock() {
    read -r clock _ </proc/uptime
    clock=$((${clock%.*} * 100 + 1${clock#*.} - 100))
}

# duration SECONDS: sets $text to HH:MM:SS.
duration() {
    seconds=$1
    [ "$seconds" -ge 0 ] || seconds=0
    text=$(printf '%02d:%02d:%02d' $((seconds / 3600)) $((seconds / 60 % 60)) $((seconds % 60)))
}

# Sets $width to the number of columns of the terminal.
columns() {
    width=$(stty size 2>/dev/null </dev/tty)
    width=${width#* }
    case $width in
    '' | 0 | *[!0-9]*) width=80 ;;
    esac
}

# shellcheck source=scripts/companions/mount.sh
. "$share/mount.sh"
# shellcheck source=scripts/companions/tasks.sh
. "$share/tasks.sh"
# shellcheck source=scripts/companions/tables.sh
. "$share/tables.sh"
