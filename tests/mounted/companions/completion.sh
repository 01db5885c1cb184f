#!/bin/bash
# Completion in bash: options, statuses, ids of the mount (-m too), names below outputs/.
# tags: plain
# shellcheck disable=SC1003,SC2016 # names and words with quotes in them
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

archive abc1 artifacts/sub/deep.csv text 'artifacts/a b.csv' text artifacts/a.txt text \
    "artifacts/it's" text 'artifacts/x"$y\' text artifacts/.hidden text
task abd2
emulator
mount
note_mounts
sed "s|/proc/self/mountinfo|'$work/mounts'|" "$scripts/completion.bash" >"$work/completion.bash"
cd "$work"
mkdir -p elsewhere
. "$work/completion.bash"
complete -p taskfs taskfs-kill taskfs-wait taskfs-download taskfs-list taskfs-cache >/dev/null

# offers COMMAND WORD...: what is offered in place of the last word, sorted, parted by |.
offers() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMP_LINE="$*"
    COMP_POINT=${#COMP_LINE}
    COMPREPLY=()
    if [[ $1 == taskfs ]]; then
        _taskfs || :
    else
        _taskfs_companion || :
    fi
    offered=$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd '|')
}
expect_offer() { # OFFERED COMMAND WORD...
    local expected=$1
    shift
    offers "$@"
    expect "$offered" "$expected" "what is offered for '$*'"
}

for command in taskfs-kill taskfs-wait taskfs-download; do
    expect_offer 'abc1|abd2' $command ''
    expect_offer 'abd2' $command abd
    expect_offer '--mount' $command --m
done
expect_offer 'abc1|abd2' taskfs-wait abc1 -t 5 ab
expect_offer '' taskfs-wait -t ''
expect_offer '' taskfs-list ''
expect_offer 'executer-failed' taskfs-list -s executer-f
expect_offer 'success' taskfs-list --status = succ
expect_offer '--all' taskfs-kill --a
expect_offer '--kill-on-interrupt' taskfs-wait --k
expect_offer 'elsewhere' taskfs-download -o else
expect_offer 'a b.csv|a.txt' taskfs-download abc1 a
expect_offer 'a b.csv' taskfs-download abc1 'a\ '
expect_offer 'sub/' taskfs-download abc1 s
expect_offer 'sub/deep.csv' taskfs-download -q "$mnt/abc1/" sub/
expect_offer '' taskfs-download abc1 --inputs -- a

expect_offer '--drop|--drop-all' taskfs-cache --d
expect_offer 'elsewhere' taskfs-cache --verify else
expect_offer '' taskfs-cache --drop ''

# Options of taskfs-download: values, flags that take none, tasks that -t names, groups of tasks.
expect_offer 'executer-failed' taskfs-download --status executer-f
expect_offer '' taskfs-download --project a
expect_offer '' taskfs-download --timeout a
expect_offer '--task|--timeout' taskfs-download --t
expect_offer '--dry-run' taskfs-download --wait --dr
expect_offer 'abc1|abd2' taskfs-download -n -w ab
expect_offer 'abc1|abd2' taskfs-download -t ab
expect_offer 'abd2' taskfs-download -t abc1 --task abd
expect_offer 'a b.csv|a.txt' taskfs-download -t abc1 a
expect_offer 'a b.csv|a.txt' taskfs-download --task = abc1 -t abd2 a
expect_offer '' taskfs-download -t - a
expect_offer '' taskfs-download --project wing a
expect_offer '' taskfs-download --status success ''

# A word that is begun with a quote, or has one; what is offered for a name is quoted by the shell.
expect_offer 'abc1|abd2' taskfs-kill "'ab"
expect_offer 'abd2' taskfs-download '"abd'
expect_offer 'a b.csv' taskfs-download abc1 "'a "
expect_offer 'a b.csv' taskfs-download abc1 '"a '
expect_offer 'a b.csv' taskfs-download abc1 'a" "b'
expect_offer 'a b.csv|a.txt' taskfs-download "'abc1'" '"a'
expect_offer "it's" taskfs-download abc1 "\"it'"
expect_offer "it's" taskfs-download abc1 "it\\'"
expect_offer "it's" taskfs-download abc1 "'it'\\''s"
expect_offer 'x"$y\' taskfs-download abc1 '"x\"\$'
expect_offer 'x"$y\' taskfs-download abc1 "'x\"\$y\\"
expect_offer '.hidden' taskfs-download abc1 .
expect_offer 'a b.csv' taskfs-download -m "'$mnt'" abc1 'a\ '
expect_offer '--force' taskfs-download --f
expect_offer "$mnt" taskfs-wait -m ''
expect_offer "$mnt" taskfs-wait -m "'$work/mo"
expect_offer 'elsewhere' taskfs-wait -m 'else'

# The first file may be given as a path.
expect_offer 'a b.csv|a.txt' taskfs-download "$mnt/abc1/outputs/it's" a
cd "$mnt"
expect_offer 'a b.csv|a.txt' taskfs-download abc1/outputs/sub/deep.csv a
cd "$work"

# Without a mount there is nothing to offer, and no local file is taken for one of a task.
: >"$work/mounts"
expect_offer '' taskfs-kill ab
expect_offer '' taskfs-download ab
expect_offer '' taskfs-download abc1 a
expect_offer '' taskfs-download -t ab
compopt() { asked+="$* "; }
asked=
offers taskfs-download abc1 a
expect "$asked" '+o default -o filenames ' "what readline is told of a file's name"
asked=
offers taskfs-download abc1 "${mnt##*/}/a"
expect "$asked" '-o filenames ' "what readline is told of a path"
unset -f compopt
expect_offer 'abc1|abd2' taskfs-kill -m "$mnt" ab
expect_offer 'a.txt' taskfs-download -m "${mnt// /\\ }" abc1 a.
TASKFS_MOUNT=$mnt
expect_offer 'abc1|abd2' taskfs-kill ab
unset TASKFS_MOUNT

# Several mounts: a task is offered as the path that says which is meant.
first=$mnt
first_pid=$taskfs_pid
mnt=$work/m2
mkdir "$mnt"
mount
note_mounts
expect_offer "$mnt/abd2|${first// /\\ }/abd2" taskfs-wait abd
expect_offer "$mnt/abd2|$first/abd2" taskfs-wait "'abd"
expect_offer "$mnt/abd2|$first/abd2" taskfs-wait '"abd'
expect_offer 'abd2' taskfs-wait -m "$mnt" abd
expect_offer 'a b.csv|a.txt' taskfs-download abc1 a
expect_offer "$mnt|$first" taskfs-list -m ''
cd "$mnt"
expect_offer 'abd2' taskfs-wait abd
cd "$work"
unmount
mnt=$first taskfs_pid=$first_pid
note_mounts

# taskfs itself; the shell parts words at `=`.
expect_offer '--help' taskfs --h
expect_offer 'elsewhere' taskfs else
expect_offer 'status=' taskfs -o st
expect_offer 'ro,ttl=' taskfs -o ro,tt
expect_offer '-ottl=' taskfs -ott
COMP_WORDS=(taskfs -o 'ro,status' '=' fail) COMP_CWORD=4 COMP_LINE='taskfs -o ro,status=fail' COMP_POINT=24 COMPREPLY=()
_taskfs || :
expect "${COMPREPLY[*]}" failed "what is offered for -o status=fail"
COMP_WORDS=(taskfs -o debug '=' net ':' a) COMP_CWORD=6 COMP_LINE='taskfs -o debug=net:a' COMP_POINT=21 COMPREPLY=()
_taskfs || :
expect "${COMPREPLY[*]}" api "what is offered for -o debug=net:a"
