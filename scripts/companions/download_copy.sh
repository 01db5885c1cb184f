# shellcheck shell=sh disable=SC2034,SC2154
# The part of taskfs-download that copies, shows how far it is, and puts in place what has arrived.

# --- copying, and its progress -----------------------------------------------------------------

copier=  # the group of processes that copies
partial= # the hidden folder, while there may be something in it to be kept

stop() { # EXIT_STATUS
    trap '' INT TERM HUP
    [ -z "$copier" ] || kill -TERM "-$copier" 2>/dev/null
    wait
    [ "$bar" = no ] || printf '\n' >&2
    [ -z "$partial" ] || keep_what_is_whole
    say "interrupted: the same command goes on from here"
    exit "$1"
}

# draw_bar DONE TOTAL SECONDS BEFORE: of TOTAL bytes DONE are here, BEFORE of them were at the start.
draw_bar() {
    awk -v done="$1" -v total="$2" -v seconds="$3" -v before="$4" -v width="$width" -v id="$id" '
        function size(n,  i) {
            for (i = 1; n >= 1000 && i < 6; i++)
                n /= 1000
            return sprintf(i == 1 ? "%d %s" : "%.2f %s", n, units[i])
        }
        BEGIN {
            split("B KB MB GB TB PB", units, " ")
            if (done > total)
                done = total
            rate = seconds > 0 ? (done - before) / seconds : 0
            tail = sprintf(" %3d%%  %s of %s", total > 0 ? int(100 * done / total) : 100, size(done), size(total))
            if (rate > 0) {
                left = int((total - done) / rate)
                tail = tail sprintf("  %s/s  %02d:%02d:%02d left", size(rate), left / 3600, left / 60 % 60, left % 60)
            }
            cells = width - length(tail) - 3
            if (cells > 40)
                cells = 40
            line = ""
            for (i = 1; i <= cells; i++)
                line = line (i <= cells * (total > 0 ? done / total : 1) ? "#" : "-")
            printf "\r%s\033[K", substr("[" line "]" tail, 1, width - 1)
        }' </dev/null >&2
}

# copy COMMAND...: runs it in a group of its own, its complaints to $tmp/complaints, shows how $place
# grows to $total bytes, of which $before were there outside of it, and ends it when the disk is full.
copy() {
    LC_ALL=C setsid "$@" 2>>"$tmp/complaints" &
    copier=$!
    began=$(date +%s)
    tick=0.02
    rest=1
    while :; do
        state=Z
        { read -r _ _ state _ <"/proc/$copier/stat"; } 2>/dev/null
        [ "$state" != Z ] || break
        sleep "$tick"
        case $tick in
        0.02) tick=0.1 ;;
        0.1) tick=0.25 ;;
        esac
        if grep -q 'No space left\|Disk quota exceeded' "$tmp/complaints"; then
            kill -TERM "-$copier" 2>/dev/null
            full=yes
        fi
        # Measuring a large tree takes a while: it is done the less often.
        rest=$((rest - 1))
        if [ "$bar" = yes ] && [ $rest -le 0 ]; then
            measured=$(date +%s)
            here=$(du -sB1 --apparent-size -- "$place" 2>/dev/null)
            now=$(date +%s)
            rest=$((2 + (now - measured) * 40))
            draw_bar $((${here%%[!0-9]*} + before)) "$total" $((now - began)) $((before + at_start))
        fi
    done
    wait "$copier"
    result=$?
    copier=
    return $result
}
full=no
width=80

# go_on ORIGINAL COPY: the copy has the beginning of the original; fetches the rest. $1 of the inner
# shell is the offset, from 1.
go_on() {
    # shellcheck disable=SC2016 # for the inner shell
    copy sh -c 'tail -c "+$1" -- "$2" >>"$3"' sh $(($(stat -c %s -- "$2") + 1)) "$1" "$2"
}

# Says what went wrong, without its end where the same went wrong many times.
complain() {
    [ -s "$tmp/complaints" ] || return 0
    if [ $full = yes ]; then
        say "no space is left in '$directory': what is whole stays; make room, and the same command goes on"
        return
    fi
    sed -e "s/^[a-z]*: /$program: /" "$tmp/complaints" | grep -v 'terminated by signal' | awk '
        NR <= 10
        END { if (NR > 10) print "... and " NR - 10 " more like these" }' >&2
}

made_folder() {
    mkdir -p -- "$1" 2>"$tmp/problem" && [ -w "$1" ] && return
    problem=$(cat "$tmp/problem")
    fail "cannot write to '$1': ${problem:+${problem##*: }; }name another directory with -o"
}

# make_way PATH TYPE: removes what is at a place of our own and is no file (TYPE -f) or folder (-d): what
# is written there must not go through a link to somewhere else.
make_way() {
    if [ -L "$1" ] || { [ -e "$1" ] && ! test "$2" "$1"; }; then
        rm -f -- "$1" 2>/dev/null || fail "'$1' is in the way: move it away"
    fi
}

# One at a time: two would write into the same files. Whatever copies holds the lock too.
lock() {
    exec 9<"$1" || exit 1
    flock -n -E 75 9
    [ $? != 75 ] || fail "another $program is at work in '$1'"
}

# --- putting in place --------------------------------------------------------------------------

# Moves what has arrived whole to its place.
keep_what_is_whole() {
    look_around
    if [ "$missing$torn$here" = 000 ] && [ ! -e "$target" ] && [ "$whole" = "$(grep -vac '^d' "$tmp/arrived")" ]; then
        mv -T -- "$partial" "$target" && partial=
        return
    fi
    [ "$whole" -gt 0 ] || return 0
    mkdir -p -- "$target" || return 1
    (
        cd -- "$partial" || exit 1
        # Second names are quickest; where the file system has none, one after the other.
        # shellcheck disable=SC2016 # for the inner shell
        if names_of whole | xargs -0 cp -lPf --parents -t "$target" -- 2>/dev/null; then
            names_of whole | xargs -0 rm -f --
        else
            names_of whole | xargs -0 sh -c '
                to=$0
                for file; do
                    case $file in
                    */*) mkdir -p -- "$to/${file%/*}" ;;
                    esac
                    # Those that got a second name before it came to one that can have none.
                    if [ "$file" -ef "$to/$file" ]; then
                        rm -f -- "$file"
                    else
                        mv -fT -- "$file" "$to/$file"
                    fi
                done' "$target"
        fi
    )
}

# Folders that hold nothing, and the times of all: moving files into them has changed those.
finish_folders() {
    mkdir -p -- "$target" || return 0
    [ -s "$tmp/folders" ] || return 0
    (cd -- "$target" && names_of folders | xargs -0 mkdir -p --)
    (cd -- "$source" && names_of folders | tar --null --no-recursion -T - -cf - 2>/dev/null) |
        tar -xpf - -C "$target" 2>/dev/null || :
}

# Those that arrived in part go on. The mount checks what is read from its beginning to its end: such
# a copy is therefore compared with it, and fetched anew where they differ.
go_on_with_torn() {
    while IFS= read -r line <&3; do
        name=$(printf '%sx' "$line" | tr '\1' '\n')
        name=${name%x}
        if go_on "$source/$name" "$partial/$name" && cmp -s -- "$source/$name" "$partial/$name"; then
            chmod --reference="$source/$name" -- "$partial/$name"
            touch -r "$source/$name" -- "$partial/$name"
        elif [ $full = no ]; then
            print "$line" >>"$tmp/missing"
            missing=$((missing + 1))
        fi
    done 3<"$tmp/torn"
}
