#!/bin/bash
# -h fits a screen; wrong usage is one line on stderr, and exit status 2; output must be writable.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

archive one a.txt text
service
cd "$work"

for option in -h --help '-h --zip' '-o x --help one'; do
    # shellcheck disable=SC2086 # several words
    download $option
    expect "$code $err" "0 " "exit status and stderr of $option"
    expect_match "$out" "^usage: taskfs-download " "help"
    (($(wc -l <out) <= 24)) || fail "the help has $(wc -l <out) lines"
    (($(wc -L <out) <= 80)) || fail "the help has lines of $(wc -L <out)"
done
download --version
expect_match "$code $out" '^0 taskfs-download [0-9]+\.[0-9.]+$' "--version"

wrong() { # ARGUMENT...
    download "$@"
    expect "$code $out" "2 " "exit status and output of '$*'"
    expect "$(wc -l <err)" 1 "lines on stderr of '$*'"
    expect_match "$err" "^taskfs-download: .*: see taskfs-download -h$" "the message of '$*'"
}
wrong
wrong --nonsense
wrong -x one
wrong -m
wrong -o
wrong -t
wrong --project
wrong --timeout
for seconds in 0 x -1 1e9 ''; do
    wrong --timeout "$seconds" one
done
wrong -- -dash
wrong -t -dash
wrong -t ''
wrong -t .hidden
wrong --zip one file
wrong --zip --std one
wrong --std --inputs one
wrong --any-status one
wrong -o '' one
wrong --std
mark
wrong "$work/nothing" --any-status
expect_requests 0

# Options may stand anywhere, and `--` ends them.
download one -o w -q a.txt
expect "$code $(<w/one/outputs/a.txt)" "0 text" "options behind names"
download -ow2 --output-dir=w3 -- one a.txt
expect "$code $(ls -d w*)" "0 w
w3" "the last directory counts"

# With a full disk, and with no output at all.
unwritable() {
    local output
    for output in full closed; do
        code=0
        case $output in
        full) "${prefix[@]}" "$TASKFS_DOWNLOAD" "$@" >/dev/full 2>err || code=$? ;;
        closed) "${prefix[@]}" "$TASKFS_DOWNLOAD" "$@" >&- 2>err || code=$? ;;
        esac
        expect "$code $(wc -l <err)" "1 1" "exit status and lines of '$*', output $output"
        expect_match "$(<err)" "^taskfs-download: cannot write to standard output" "what '$*' says, output $output"
    done
}
unwritable -h
unwritable --version
unwritable -o v one
expect "$(<v/one/outputs/a.txt)" text "what is downloaded"
unwritable -o v --zip one
cmp "$root/one/output.zip" v/one/output.zip
unwritable -o v --json one
unwritable -o v -n one

# Nobody reads it any more.
set +o pipefail
"${prefix[@]}" "$TASKFS_DOWNLOAD" -o p one 2>err | :
code=${PIPESTATUS[0]}
set -o pipefail
expect_match "$code" '^[01]$' "exit status where nobody reads"
expect "$(<p/one/outputs/a.txt)" text "what is downloaded where nobody reads"
