# shellcheck shell=sh disable=SC2034,SC2154
# The part of taskfs-download that copies, shows the progress, and puts in place what has arrived.

# --- copying, and its progress -----------------------------------------------------------------

copier=  # the process group that copies
partial= # the hidden folder, while it may contain something worth keeping
full=no  # yes once the disk is full
gone=no  # yes once the mount is gone; $reason_gone says why
width=80

stop() { # EXIT_STATUS
    trap '' INT TERM HUP
    [ -z "$copier" ] || kill -TERM "-$copier" 2>/dev/null
    wait 2>/dev/null
    [ "$bar" = no ] || printf '\n' >&2
    [ -z "$partial" ] || keep_what_is_whole
    say "interrupted: the same command continues from here"
    exit "$1"
}

# draw_bar DONE TOTAL SECONDS BEFORE: DONE of TOTAL bytes are here, and BEFORE were at the start.
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

# Stops the copying once its messages show that it can only fail: the disk is full, or the mount is
# gone. Returns 1 until then.
is_hopeless() {
    if grep -q 'No space left\|Disk quota exceeded' "$tmp/complaints"; then
        full=yes
    elif [ "$gone" = no ] && grep -q 'No such file\|not connected\|connection abort' "$tmp/complaints" &&
        mount_is_gone "${task%/*}"; then
        gone=yes
        reason_gone=$reason
    fi
    [ "$full$gone" != nono ] || return 1
    [ -z "$copier" ] || kill -TERM "-$copier" 2>/dev/null
}

# copy COMMAND...: runs the command in a process group of its own, with its messages in
# $tmp/complaints. Shows how $place grows to $total bytes, of which $before are there outside of it.
# Ends the command when it is hopeless.
copy() {
    [ "$full$gone" = nono ] || return 1
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
        is_hopeless
        # Measuring a large tree takes a while, so a larger tree is measured less often.
        rest=$((rest - 1))
        if [ "$bar" = yes ] && [ $rest -le 0 ]; then
            measured=$(date +%s)
            grown=$(du -sB1 --apparent-size -- "$place" 2>/dev/null)
            now=$(date +%s)
            rest=$((2 + (now - measured) * 40))
            draw_bar $((${grown%%[!0-9]*} + before)) "$total" $((now - began)) $((before + at_start))
        fi
    done
    wait "$copier" 2>/dev/null
    result=$?
    copier=
    is_hopeless
    return $result
}

# continue_copy ORIGINAL COPY: the copy has the beginning of the original; fetches the rest. $1 of
# the inner shell is the offset, counted from 1.
continue_copy() {
    # shellcheck disable=SC2016 # for the inner shell
    copy sh -c 'tail -c "+$1" -- "$2" >>"$3"' sh $(($(stat -c %s -- "$2") + 1)) "$1" "$2"
}

# Prints the first lines of its input to standard error, and how many more there are.
print_first() {
    awk '
        NR <= 10
        END { if (NR > 10) print "... and " NR - 10 " more like these" }' >&2
}

# Reports what went wrong while copying.
complain() {
    if [ $full = yes ]; then
        say "no space is left in '$directory': complete files stay; make room, and the same command continues"
    elif [ $gone = yes ]; then
        say "$reason_gone, and the same command continues"
    else
        grep -v 'terminated by signal' "$tmp/complaints" | sed "s/^[a-z]*: /$program: /" | print_first
    fi
}

# Creates a folder that can be written, or fails.
made_folder() {
    mkdir -p -- "$1" 2>"$tmp/problem" && [ -w "$1" ] && return
    problem=$(cat "$tmp/problem")
    fail "cannot write to '$1': ${problem:+${problem##*: }; }name another directory with -o"
}

# make_way PATH TYPE: removes what is at PATH, a place of this program's own, unless it is a file
# (TYPE -f) or a folder (-d): what is written there must not go through a link to somewhere else.
make_way() {
    if [ -L "$1" ] || { [ -e "$1" ] && ! test "$2" "$1"; }; then
        rm -f -- "$1" 2>/dev/null || fail "'$1' is in the way: move it away"
    fi
}

# lock FOLDER: fails when another download writes to the folder. The processes that copy inherit the
# lock. Where the file system has no locks, there is none.
lock() {
    [ -r "$1" ] || fail "cannot read '$1': permission denied"
    exec 9<"$1"
    flock -n -E 75 9 2>/dev/null
    [ $? != 75 ] || fail "another $program is at work in '$1'"
}

# --- putting in place --------------------------------------------------------------------------

# Moves the files that have arrived whole to the target. Without --force it replaces none there,
# even if one has appeared just now.
keep_what_is_whole() {
    look_around
    if [ "$missing$torn$here" = 000 ] && [ ! -e "$target" ] && [ "$whole" = "$(grep -vac '^d' "$tmp/arrived")" ]; then
        mv -T -- "$partial" "$target" 2>>"$tmp/complaints" && partial=
        return
    fi
    [ "$whole" -gt 0 ] || return 0
    if [ "$force" = yes ]; then
        link=-lPf
        move=-fT
    else
        link=-lP
        move=-nT
    fi
    mkdir -p -- "$target" 2>>"$tmp/complaints" || return 1
    (
        cd -- "$partial" || exit 1
        # Hard links are quickest; a file system without them needs a move for each file.
        # shellcheck disable=SC2016 # for the inner shell
        if names_of whole | xargs -0 cp $link --parents -t "$target" -- 2>/dev/null; then
            names_of whole | xargs -0 rm -f --
        else
            names_of whole | xargs -0 sh -c '
                to=$0
                move=$1
                shift
                for file; do
                    case $file in
                    */*) mkdir -p -- "$to/${file%/*}" ;;
                    esac
                    # Some files may have got a hard link before the first that could not.
                    if [ "$file" -ef "$to/$file" ]; then
                        rm -f -- "$file"
                    else
                        mv $move -- "$file" "$to/$file"
                    fi
                done' "$target" $move
        fi
    ) 2>>"$tmp/complaints"
}

# Creates the empty folders, and sets the times of all, which moving files into them has changed.
finish_folders() {
    mkdir -p -- "$target" 2>>"$tmp/complaints" || return 0
    [ -s "$tmp/folders" ] || return 0
    (cd -- "$target" && names_of folders | xargs -0 mkdir -p --) 2>>"$tmp/complaints"
    (cd -- "$source" && names_of folders | tar --null --no-recursion -T - -cf -) 2>/dev/null |
        tar -xpf - -C "$target" 2>/dev/null || :
}

# Compares the doubtful files of the target with the originals. Those of the same content go to
# $tmp/same, those of other content to $tmp/different, and those that could not be read to neither.
compare_doubtful() {
    names_of doubtful >"$tmp/doubtful.names"
    # shellcheck disable=SC2016 # for the inner shell
    copy xargs -0 -a "$tmp/doubtful.names" sh -c '
        from=$1
        to=$2
        lists=$3
        shift 3
        for file; do
            result=1
            # A link that leads nowhere cannot be read, but anything else that cannot is an error.
            if [ -f "$to/$file" ] && { [ -f "$from/$file" ] || [ ! -L "$from/$file" ]; }; then
                cmp -s -- "$from/$file" "$to/$file"
                result=$?
            fi
            case $result in
            0) list=same ;;
            1) list=different ;;
            *) continue ;;
            esac
            printf "%s\0" "$file" | tr "\n\0" "\1\n" >>"$lists/$list"
        done' sh "$source" "$target" "$tmp"
    # cmp says nothing of a file that does not exist.
    if [ $gone = no ] && mount_is_gone "${task%/*}"; then
        gone=yes
        reason_gone=$reason
    fi
}

# Completes the files that arrived in part. The mount checks only what is read from beginning to
# end, so such a copy is then compared with the original, and fetched again where they differ.
continue_torn() {
    while IFS= read -r line <&3; do
        name=$(printf '%sx' "$line" | tr '\1' '\n')
        name=${name%x}
        if continue_copy "$source/$name" "$partial/$name" && copy cmp -s -- "$source/$name" "$partial/$name"; then
            {
                chmod --reference="$source/$name" -- "$partial/$name"
                touch -r "$source/$name" -- "$partial/$name"
            } 2>>"$tmp/complaints"
        elif [ "$full$gone" = nono ]; then
            print "$line" >>"$tmp/missing"
            missing=$((missing + 1))
        fi
    done 3<"$tmp/torn"
}
