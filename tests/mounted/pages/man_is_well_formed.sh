#!/bin/bash
# The man pages are well-formed, there is one for each program, and each option has its place in
# them.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
top=$(cd "$lib/../../.." && pwd)
cd "$top/docs/man"

mandoc -T lint -W warning ./*.[1-8] || fail "a man page is not well-formed"
for program in "$top"/scripts/companions/taskfs-*; do
    [[ -e ${program##*/}.1 ]] || fail "no man page of '${program##*/}'"
done
mandoc -T ascii taskfs.1 | sed "s,.\x08,,g" >"$work/page"
# The options of the help, the verbs of ctl, and the files of a task.
"$TASKFS" --help | grep -oE '^ +(-[a-zA-Z]|[a-z_]+=?)' | tr -d ' ' | sort -u >"$work/words"
"$TASKFS" --help | grep -oE '(gid=|--[a-z]+)' >>"$work/words"
archive one artifacts/a.txt text
emulator
mount
grep -oE '^[a-z]+' "$mnt/one/ctl" >>"$work/words"
ls "$mnt/one" >>"$work/words"
unmount
(($(wc -l <"$work/words") > 30)) || fail "only $(wc -l <"$work/words") words were found to look for"
while read -r word; do
    case $word in
    *=) after='\[?=' ;; # an option, with its value
    *) after='([^[:alnum:]_-]|$)' ;;
    esac
    grep -qE -- "(^|[^[:alnum:]_-])${word%=}$after" "$work/page" || fail "taskfs(1) says nothing of '$word'"
done <"$work/words"

# names PROGRAM LEAST SOURCES...: its page names its options, and the variables that it reads.
names() {
    local page=$1 least=$2
    shift 2
    mandoc -T ascii "$page.1" | sed "s,.\x08,,g" >"$work/page"
    "$(dirname "$TASKFS")/$page" --help | grep -oE -- '(^|[ ,])--?[a-z][a-z-]*' | tr -d ' ,' | sort -u >"$work/words"
    grep -rhoE 'getenv\("[A-Z_]+"\)' "$@" | cut -d '"' -f 2 | sort -u >>"$work/words"
    (($(wc -l <"$work/words") > least)) || fail "only $(wc -l <"$work/words") words were found to look for"
    while read -r word; do
        grep -qE -- "(^|[^[:alnum:]_-])$word([^[:alnum:]_-]|$)" "$work/page" || fail "$page(1) says nothing of '$word'"
    done <"$work/words"
}
names taskfs-download 25 "$top"/src/{download,cli/connection.c}
names taskfs-cache 6 "$top/src/caretaker"
