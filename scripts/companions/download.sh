# shellcheck shell=sh disable=SC2034,SC2154
# The part of taskfs-download that looks before it copies: which files of a task are wanted, which
# of them the target has already, and which have arrived. The program has set $task, $named and $id,
# $what (outputs or inputs), $source, $target and $partial, $large, $force and $tmp.

# survey FOLDER LIST [NAMES]: writes to LIST a line for all that is below FOLDER, or below the names
# in it that the file NAMES lists, separated by NUL: type, size, time, name, in the folder's order.
# A newline in a name is written as \001. Returns 1 after an error, whose message is in
# $tmp/problem.
survey() {
    (
        cd -- "$1" || exit 1
        format='%y\t%s\t%T@\t%p\0'
        if [ $# -gt 2 ]; then
            # shellcheck disable=SC2185 # the paths are in the file
            find -files0-from "$3" -printf "$format"
        else
            find . -mindepth 1 -printf "$format"
        fi
    ) >"$tmp/survey" 2>"$tmp/problem" || return 1
    tr '\n\0' '\1\n' <"$tmp/survey" | LC_ALL=C sed 's/\t\.\//\t/' >"$2"
}

# below_source PATH: whether the absolute PATH is that of the wanted folder or below it. If so, sets
# $file to the part below it.
below_source() {
    for base in "$task/$what" "$named/$what"; do
        case $1/ in
        "$base"/*)
            file=${1#"$base"}
            file=${file#/}
            return
            ;;
        esac
    done
    return 1
}

# find_names FILE...: writes to $tmp/names the names below $source that the FILEs stand for, and
# says which do not exist. Sets $everything to yes when one of them is the whole tree. A FILE is a
# name below $source or a path to it, and may be a pattern.
find_names() {
    everything=no
    : >"$tmp/names"
    working_directory
    for asked; do
        plain "$asked"
        case $file/ in
        /*) below_source "$file" || : ;;
        */*/)
            if [ ! -e "$source/$file" ] && [ ! -L "$source/$file" ] && ! below_source "$here/$file"; then
                case $file/ in
                "$what"/*)
                    file=${file#"$what"}
                    file=${file#/}
                    ;;
                esac
            fi
            ;;
        "$what"/) [ -e "$source/$file" ] || [ -L "$source/$file" ] || file= ;;
        esac
        if [ -z "$file" ]; then
            everything=yes
            continue
        fi
        case /$file/ in
        //* | */../*)
            say "'$asked' is not a name below $what"
            failed=1
            continue
            ;;
        esac
        (
            cd -- "$source" 2>/dev/null || exit 1
            if [ -e "$file" ] || [ -L "$file" ]; then
                printf './%s\0' "$file"
                exit 0
            fi
            IFS=
            # shellcheck disable=SC2086 # a pattern
            set -- ./$file
            [ -e "$1" ] || [ -L "$1" ] || exit 1
            matched=1
            for match; do
                # Some shells find . and .. for a pattern that begins with a dot.
                case ${match#.}/ in
                */./* | */../*) continue ;;
                esac
                printf '%s\0' "$match"
                matched=0
            done
            exit "$matched"
        ) >>"$tmp/names" || {
            ! mount_is_gone "${task%/*}" || fail_explained
            say "'$asked' is not among the $what of task '$id'"
            failed=1
        }
    done
}

# classify: divides $tmp/wanted by what is in the target ($tmp/have) and what has arrived
# ($tmp/arrived) into lists in $tmp, and counts them in $tmp/counts:
#   folders
#   whole      has arrived, and can be moved to the target
#   torn       large, and has arrived in part
#   missing    neither in the target nor arrived
#   changed    in the target, but with other content
#   doubtful   in the target, but with another size or time, and not compared yet
#   odd        has arrived as a file where a folder belongs, or the other way round
#   blocked    a message for each such thing in the target; what it blocks is in no other list
# The files in the target that have the original's size and time, as a download leaves them, count
# as here, and so do those in $tmp/same. Those in $tmp/different are changed. With --force, files of
# the target that differ in size or time are not changed or doubtful, but are replaced.
classify() {
    for list in odd blocked folders whole torn missing changed doubtful; do
        : >"$tmp/$list"
    done
    LC_ALL=C shown=$directory/$id/$what awk -F '\t' -v to="$tmp" -v large="$large" -v force="$force" '
        function name() {
            return substr($0, length($1 $2 $3) + 4)
        }
        function close_to(a, b) {
            return a - b < 2 && b - a < 2
        }
        # Some file systems keep times to two seconds. Of a link only the length is compared.
        function equal(type, size, time) {
            return type == $1 && size == $2 && (type == "l" || close_to(time, $3))
        }
        function is_odd(n) {
            if (!(n in odd))
                print n >(to "/odd")
            odd[n] = 1
        }
        function is_in_the_way(n, what) {
            if (!(n in told))
                print "'\''" ENVIRON["shown"] "/" n "'\'' is " what ": move it away" >(to "/blocked")
            told[n] = 1
        }
        # Looks at each folder that the name is in, once; returns whether one of them is blocked.
        function look_at_folders(n) {
            if (!sub(/\/[^\/]*$/, "", n))
                return 0
            if (!(n in shut)) {
                shut[n] = look_at_folders(n)
                if (n in type2 && type2[n] != "d")
                    is_odd(n)
                if (!shut[n] && n in type && type[n] != "d") {
                    is_in_the_way(n, "not a folder, and in the way of one")
                    shut[n] = 1
                }
            }
            return shut[n]
        }
        # Whether a file of the target, which is not equal to the original, is known to have other
        # content. A link is compared by what it leads to.
        function is_different(n) {
            if (n in different || type[n] !~ /[fl]/)
                return 1
            return type[n] == $1 && bytes[n] != $2
        }
        FILENAME == to "/same" {
            same[$0] = 1
            next
        }
        FILENAME == to "/different" {
            different[$0] = 1
            next
        }
        FILENAME == to "/have" {
            n = name()
            type[n] = $1; bytes[n] = $2; time[n] = $3
            next
        }
        FILENAME == to "/arrived" {
            n = name()
            type2[n] = $1; bytes2[n] = $2; time2[n] = $3
            next
        }
        {
            n = name()
            if (n in seen)
                next
            seen[n] = 1
            blocked = look_at_folders(n)
            if (!blocked && n in type && (type[n] == "d") != ($1 == "d")) {
                is_in_the_way(n, type[n] == "d" ? "a folder, and in the way of a file" : "not a folder, and in the way of one")
                blocked = 1
            }
            if (n in type2 && (type2[n] == "d") != ($1 == "d"))
                is_odd(n)
            if ($1 != "d") {
                files++
                total += $2
            }
            if (blocked)
                next
            if ($1 == "d") {
                print n >(to "/folders")
                next
            }
            exists = n in type # the next look at type[n] creates it
            if (n in same || equal(type[n], bytes[n], time[n])) {
                here++
                here_bytes += $2
            } else if (exists && force == "no") {
                if (is_different(n)) {
                    print n >(to "/changed")
                    changed++
                } else {
                    print n >(to "/doubtful")
                    doubtful++
                }
            } else if (equal(type2[n], bytes2[n], time2[n])) {
                print n >(to "/whole")
                arrived += $2
                whole++
            } else if ($1 == "f" && type2[n] == "f" && bytes2[n] >= large && bytes2[n] < $2) {
                print n >(to "/torn")
                arrived += bytes2[n]
                torn++
            } else {
                print n >(to "/missing")
                missing++
            }
        }
        END {
            printf "%d %.0f %d %.0f %d %d %d %.0f %d %d\n", files, total, here, here_bytes, whole, torn, missing,
                arrived, changed, doubtful
        }' "$tmp/same" "$tmp/different" "$tmp/have" "$tmp/arrived" "$tmp/wanted" >"$tmp/counts"
    read -r files total here here_bytes whole torn missing arrived changed doubtful <"$tmp/counts" ||
        fail "cannot write to '$tmp'"
}

# names_of LIST: prints the names of a list in $tmp, separated by NUL, with their newlines.
names_of() {
    tr '\1\n' '\n\0' <"$tmp/$1"
}

# look_into FOLDER LIST: surveys a folder of the target. LIST is empty when it does not exist.
look_into() {
    : >"$2"
    [ ! -d "$1" ] || survey "$1" "$2" || {
        problem=$(head -n 1 "$tmp/problem")
        fail "cannot look into '$1': ${problem##*: }"
    }
}

look_around() {
    look_into "$target" "$tmp/have"
    look_into "$partial" "$tmp/arrived"
    classify
}
