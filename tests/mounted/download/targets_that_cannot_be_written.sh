#!/bin/bash
# Where nothing can be written, one line says what and why, and other tasks go on.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

archive one artifacts/a.txt text artifacts/sub/b.txt text artifacts/c.txt text
archive two artifacts/a.txt text
service
cd "$work"
# Root without its privileges is refused as others are.
((UID > 0)) || prefix=(setpriv --inh-caps=-all --bounding-set=-all "${prefix[@]}")

# fails WHY ARGUMENT...: one line, which names the place of the task.
fails() {
    local why=$1
    shift
    download "$@"
    expect "$code $out$err" "1 taskfs-download: cannot write to $why; name another directory with -o" "'$*'"
}
: >file
fails "'file/one': Not a directory" -o file one
fails "'file/x/one': Not a directory" -o file/x one
long=$(printf 'x%.0s' {1..300})
fails "'$long/one': File name too long" -o "$long" one
mkdir closed
chmod 555 closed
fails "'closed/one': Permission denied" -o closed one
fails "'closed/x/one': Permission denied" -o closed/x one
fails "'closed/one': Permission denied" -o closed --zip one
fails "'/proc/one': No such file or directory" -o /proc one
ln -s nowhere link
fails "'link/one': No such file or directory" -o link one
mkdir -p mine/one
chmod 555 mine/one
fails "'mine/one': Permission denied" -o mine one
fails "'mine/one': Permission denied" -o mine --zip one
chmod 755 mine/one

# One of two tasks, one of three files, one of two folders.
: >mine/two
download -o mine -t two -t one
expect "$code $err" "1 taskfs-download: cannot write to 'mine/two': Not a directory; name another directory with -o" "one of two tasks"
expect "$(find mine/one -type f | wc -l)" 3 "files of the other task"
rm mine/one/outputs/a.txt mine/one/outputs/sub/b.txt
chmod 555 mine/one/outputs/sub
download -o mine one
expect "$code" 1 "exit status with a folder that cannot be written"
expect "$err" "taskfs-download: cannot download 'sub/b.txt' of task 'one': it is encrypted, or permission is denied
taskfs-download: 1 of 3 files are not there: the same command tries again" "a folder that cannot be written"
expect "$(<mine/one/outputs/a.txt)" text "the others"
chmod 755 mine/one/outputs/sub
# What cannot be read cannot be compared.
download -o mine one
touch -d '2001-01-01' mine/one/outputs/a.txt
chmod 000 mine/one/outputs/a.txt
download -o mine one
expect "$code" 1 "exit status with a file that cannot be read"
expect_match "$err" "^taskfs-download: 'mine/one/outputs/a.txt' " "a file that cannot be read"
expect "$(wc -l <err)" 1 "lines on a file that cannot be read"
chmod 644 mine/one/outputs/a.txt
download -o mine one
expect "$code $err" "0 " "exit status once all is as it should be"
