#!/bin/bash
# Many tasks in one run: by -t, standard input, a project, a status; each is named that fails.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

# mine ID JSON: a task with an archive of one file, its own id.
mine() {
    archive "$1" artifacts/id.txt "$1" artifacts/stdout.txt out
    task "$1" "$2"
}
mine t1 '{"status": "success", "project": "wing"}'
mine t2 '{"status": "failed", "project": "wing"}'
mine t3 '{"status": "success", "project": "hull"}'
for n in $(seq -w 1 25); do
    mine "bulk$n" '{"status": "killed", "project": "bulk"}'
done
task none '{"status": "success"}'
service
cd "$work"

# taken IDS ARGUMENT...: just these tasks are downloaded, whole.
taken() {
    local ids=$1 id
    shift
    rm -rf w
    download -o w "$@"
    expect "$(ls w 2>/dev/null | xargs)" "$ids" "what '$*' takes"
    for id in $ids; do
        expect "$(<"w/$id/outputs/id.txt")" "$id" "the file of '$id'"
    done
    expect "$(wc -l <out)" "$(wc -w <<<"$ids")" "lines on stdout of '$*'"
}
taken 't1 t2' -t t1 -t t2
expect "$code $err" "0 " "exit status and stderr of two tasks"
expect "$(sort out)" "2 files (5 B) of task 't1' are in 'w/t1/outputs'
2 files (5 B) of task 't2' are in 'w/t2/outputs'" "what it says of two tasks"
taken 't1' -t t1 --task=t1
expect "$code $err" "0 " "the same task twice"
taken 't1 t3' -t t1 -t none -t nope -t t3
expect "$code $(wc -l <err)" "1 2" "exit status and lines when two fail"
expect "$(sort err)" "taskfs-download: task 'none' (success) has no outputs
taskfs-download: task 'nope': the service has no such task" "what it says of those that fail"

printf 't1\n\n  t3  with words behind\n\r\nt2\r\nt1\n' >ids
taken 't1 t2 t3' -t - <ids
expect "$code $err" "0 " "ids on standard input"
taken 't1 t2 t3' - <ids
expect "$code $err" "0 " "ids on standard input, as the only argument"
taken 't1 t2' -t t2 -t - <<<t1
expect "$code $err" "0 " "ids on standard input, and one as an argument"
taken '' -t - </dev/null
expect "$code $err" "0 " "no ids on standard input"
printf '%s\n' t1 -x t2 >ids
download -o nothing -t - <ids
expect "$code $err" "2 taskfs-download: '-x' is not a task id: see taskfs-download -h" "a line that is no id"
[[ ! -e nothing ]]

taken 't1 t2' --project wing
expect "$code $err" "0 " "a project"
taken 't2' --status failed
expect "$code $err" "0 " "a status"
taken 't1' --project wing --status success
expect "$code $err" "0 " "a status in a project"
taken 't1 t2 t3' --project wing -t t3 -t t2
expect "$code $err" "0 " "a project, and tasks beside it"
taken "$(seq -f 'bulk%02g' 1 25 | xargs)" --project bulk
expect "$code $err" "0 " "a project of more than a page"
download -o nothing --project nope
expect "$code $out$err" "1 taskfs-download: there are no such tasks" "a project that is not there"
download -o nothing --status nope
expect "$code $out" "1 " "exit status for a status that is not there"
expect_match "$err" "taskfs-download: cannot list the tasks: " "a status that is not there"
[[ ! -e nothing ]]

# Files are those of every task.
rm -r w
download -o w -t t1 -t t3 'st*.txt'
expect "$code $err" "0 " "files of two tasks"
expect "$(find w -type f | sort | xargs)" "w/t1/outputs/stdout.txt w/t3/outputs/stdout.txt" "files of two tasks"
rm -r w
download -o w --project wing --std
expect "$code $(grep -c "'stderr.txt' is not among the outputs of task" err)" "1 2" "--std of a project"
expect "$(find w -type f | sort | xargs)" "w/t1/outputs/stdout.txt w/t2/outputs/stdout.txt" "files of a project"
