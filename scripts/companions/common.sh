# shellcheck shell=sh disable=SC2034,SC2119,SC2120,SC2154
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

# What can't be written is said once, unless its reader has gone (SIGPIPE), and makes the exit status 1.
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

# shellcheck source=scripts/companions/mount.sh
. "$share/mount.sh"
# shellcheck source=scripts/companions/tasks.sh
. "$share/tasks.sh"
# shellcheck source=scripts/companions/tables.sh
. "$share/tables.sh"
