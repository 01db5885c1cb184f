#!/bin/bash
# taskfs-cache: help, wrong usage, directories that are no cache, hostile ones, output that cannot
# be written.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/cache.sh"

for option in -h --help '-h --verify'; do
    # shellcheck disable=SC2086 # several words
    cache $option
    expect "$code $err" "0 " "exit status and stderr of $option"
    expect_match "$out" "^usage: taskfs-cache " "help"
    (($(wc -l <"$work/out") <= 24)) || fail "the help has $(wc -l <"$work/out") lines"
    (($(wc -L <"$work/out") <= 80)) || fail "the help has lines of $(wc -L <"$work/out")"
done
cache --version
expect_match "$code $out" '^0 taskfs-cache [0-9]+\.[0-9.]+$' "--version"

wrong() { # ARGUMENT...
    cache "$@"
    expect "$code $out" "2 " "exit status and output of '$*'"
    expect "$(wc -l <"$work/err")" 1 "lines on stderr of '$*'"
    expect_match "$err" "^taskfs-cache: .*: see taskfs-cache -h$" "the message of '$*'"
}
wrong
wrong ''
wrong --nonsense dir
wrong -x dir
wrong dir other
wrong dir --drop
wrong dir --drop ''
wrong dir --drop one --drop-all
wrong dir --verify --drop one

refused() { # MESSAGE ARGUMENT...
    local message=$1
    shift
    cache "$@"
    expect "$code $out" "1 " "exit status and output of '$*'"
    expect_match "$err" "^taskfs-cache: cannot use '.*' as a disk cache: $message" "the message of '$*'"
}
cd "$work"
refused 'No such file' nowhere
[[ ! -e nowhere ]] || fail "a directory was made"
mkdir -m 700 empty
refused 'there is no cache in it' empty
refused 'there is no cache in it' --drop-all empty
touch file
refused 'Not a directory' file
mkdir -m 777 open
refused 'others can write to it' open

# A cache whose tasks have names that a terminal would obey, and services of two names.
archive one artifacts/a.txt text
emulator
TASKFS_CACHE_DIR=$work/cache mount
cat "$mnt/one/outputs/a.txt" "$mnt/one/info" >/dev/null
unmount
stop_emulator
port=
emulator
mount -o "cache_dir=$work/cache"
cat "$mnt/one/outputs/a.txt" >/dev/null
unmount
export TASKFS_CACHE_DIR=$work/cache
cache
expect "$code $(grep -c '^http://127.0.0.1:[0-9]*:$' out) $(grep -c '^one ' out)" "0 2 2" "two services"
expect "$(tail -n 1 out | cut -d ' ' -f 1)" 2 "tasks in all"

# What is not of the format is left alone, and nothing is followed.
account=$(dirname "$(find cache -name account | head -n 1)")
mkdir -p outside/objects/0123456789abcdef
echo text >outside/objects/0123456789abcdef/object
ln -s ../../outside cache/v1/00000000000000aa
ln -s "$work/outside/objects/0123456789abcdef" "$account/objects/0123456789abcdef"
mkfifo "$account/tasks/00000000000000aa"
mkdir "$account/tasks/00000000000000ab"
echo junk >"$account/tasks/junk"
cache --verify
expect "$code $err" "0 " "exit status and stderr of --verify"
echo junk >"$account/tasks/00000000000000ac"
cache --verify
expect "$code $err" "1 " "exit status and stderr of --verify"
expect_match "$out" "of no known task: 1 of 1 piece damaged \(5 B\)" "what is said of a damaged record"
cache --drop-all
expect "$code $err" "0 " "exit status and stderr of --drop-all"
expect "$(<outside/objects/0123456789abcdef/object)$(<"$account/tasks/junk")" textjunk "what is not of the format"
expect "$(find cache -type f | sed 's|.*/||' | sort | uniq | tr '\n' ' ')" "account junk " "what is left"

unwritable() {
    local output
    for output in full closed; do
        code=0
        case $output in
        full) "${prefix[@]}" "$TASKFS_CACHE" "$@" >/dev/full 2>err || code=$? ;;
        closed) "${prefix[@]}" "$TASKFS_CACHE" "$@" >&- 2>err || code=$? ;;
        esac
        expect "$code $(wc -l <err)" "1 1" "exit status and lines of '$*', output $output"
        expect_match "$(<err)" "^taskfs-cache: cannot write to standard output" "what '$*' says, output $output"
    done
}
unwritable -h
unwritable --version
unwritable
unwritable --verify
unwritable --drop-all
