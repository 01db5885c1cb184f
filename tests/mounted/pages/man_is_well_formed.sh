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
