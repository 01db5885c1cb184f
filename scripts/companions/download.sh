# shellcheck shell=sh disable=SC2034,SC2154
# The part of taskfs-download that looks before it copies: which files of a task are wanted, which
# of them the target has already, and which have arrived in part. The program has set $task and $id,
# $what (outputs or inputs), $source, $target and $partial, $large and $tmp.

# survey FOLDER LIST [NAMES]: all that is below FOLDER, or below the NUL-parted NAMES in it, in the
# folder's order, a line each: type, size, time, name. A newline in a name is written as \001.
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

# plain NAME: sets $file to NAME without the slashes and dots that mean nothing, as the mount spells
# it. For the whole tree $file is empty.
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

# find_names FILE...: writes to $tmp/names the names below $source that the FILEs stand for, and
# says which do not exist. Sets $everything to yes when one of them is the whole tree.
find_names() {
    everything=no
    : >"$tmp/names"
    for asked; do
        plain "$asked"
        case $file/ in
        "$task/$what"/*)
            file=${file#"$task/$what"}
            file=${file#/}
            ;;
        "$what"/*)
            if [ ! -e "$source/$file" ] && [ ! -L "$source/$file" ]; then
                file=${file#"$what"}
                file=${file#/}
            fi
            ;;
        esac
        if [ -z "$file" ]; then
            everything=yes
            continue
        fi
        case /$file/ in
        //* | */../*)
            say "'$asked' is no name below $what"
            failed=1
            continue
            ;;
        esac
        (
            cd -- "$source" || exit 1
            if [ -e "$file" ] || [ -L "$file" ]; then
                printf './%s\0' "$file"
                exit 0
            fi
            IFS=
            # shellcheck disable=SC2086 # a pattern
            set -- ./$file
            [ -e "$1" ] || [ -L "$1" ] || exit 1
            matched=1
            for file; do
                # Some shells find . and .. where a pattern begins with a dot.
                case ${file#.}/ in
                */./* | */../*) continue ;;
                esac
                printf '%s\0' "$file"
                matched=0
            done
            exit "$matched"
        ) >>"$tmp/names" || {
            say "'$asked' is not among the $what of task '$id'"
            failed=1
        }
    done
}

# classify: divides $tmp/wanted by what is in the target ($tmp/have) and what has arrived
# ($tmp/arrived): `folders`, `whole` (arrived), `torn` (large, arrived in part), `missing`; numbers
# go to `counts`. `odd` lists what has arrived as a file where a folder belongs, or the other way
# round. Where the target has such a thing, `blocked` names it, and what it blocks is in no other
# list.
classify() {
    : >"$tmp/odd"
    : >"$tmp/blocked"
    : >"$tmp/folders"
    : >"$tmp/whole"
    : >"$tmp/torn"
    : >"$tmp/missing"
    LC_ALL=C shown=$directory/$id/$what awk -F '\t' -v to="$tmp" -v large="$large" '
        function name() {
            return substr($0, length($1 $2 $3) + 4)
        }
        function close_to(a, b) {
            return a - b < 2 && b - a < 2
        }
        # Some file systems keep times to two seconds; a link has its length and no more.
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
        # Looks at the folders that a name is in, once at each; returns whether one of them is none.
        function look_at_folders(n) {
            if (!sub(/\/[^\/]*$/, "", n))
                return 0
            if (!(n in shut)) {
                shut[n] = look_at_folders(n)
                if (n in type2 && type2[n] != "d")
                    is_odd(n)
                if (!shut[n] && n in type && type[n] != "d") {
                    is_in_the_way(n, "no folder, and in the way of one")
                    shut[n] = 1
                }
            }
            return shut[n]
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
                is_in_the_way(n, type[n] == "d" ? "a folder, and in the way of a file" : "no folder, and in the way of one")
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
            if (equal(type[n], bytes[n], time[n])) {
                here++
                here_bytes += $2
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
            printf "%d %.0f %d %.0f %d %d %d %.0f\n", files, total, here, here_bytes, whole, torn, missing, arrived
        }' "$tmp/have" "$tmp/arrived" "$tmp/wanted" >"$tmp/counts"
    read -r files total here here_bytes whole torn missing arrived <"$tmp/counts" ||
        fail "cannot write to '$tmp'"
}

names_of() { # LIST: NUL-parted, the newlines in names back
    tr '\1\n' '\n\0' <"$tmp/$1"
}

look_around() {
    : >"$tmp/have"
    : >"$tmp/arrived"
    [ ! -d "$target" ] || survey "$target" "$tmp/have" || fail "cannot look into '$target': $(cat "$tmp/problem")"
    [ ! -d "$partial" ] || survey "$partial" "$tmp/arrived" || fail "cannot look into '$partial': $(cat "$tmp/problem")"
    classify
}
