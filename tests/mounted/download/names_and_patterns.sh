#!/bin/bash
# FILEs are names or shell patterns below outputs/, as people and tab completion write them.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

archive one 'artifacts/a b.csv' one 'artifacts/[1].csv' two artifacts/-n dash artifacts/sub/deep/c.csv deep \
    artifacts/sub/deep/.hidden dot artifacts/sub/noise noise artifacts/stdout.txt out artifacts/stderr.txt err
archive two artifacts/stdout.txt out artifacts/a.txt a
service
cd "$work"

# copied EXPECTED ARGUMENT...: just these files are copied, without a word on stderr.
copied() {
    local expected=$1
    shift
    rm -rf w
    download -o w "$@"
    expect "$code $err" "0 " "exit status and stderr of '$*'"
    expect "$(cd w/one/outputs && find . -type f -printf '%P\n' | LC_ALL=C sort | paste -sd '|')" "$expected" "what '$*' stands for"
}

INDUCTIVA_OUTPUT_DIR=named download one '*.csv' nope sub/deep '[1].csv' ./-n 'z*' ../one/status
expect "$code" 1 "exit status when a name is not there"
expect "$(wc -l <err)" 3 "names that are not there"
expect_match "$err" "^taskfs-download: 'nope' is not among the outputs of task 'one'" "a name that is not there"
expect_match "$err" "taskfs-download: 'z\*' is not among the outputs of task 'one'" "a pattern that matches nothing"
expect_match "$err" "taskfs-download: '../one/status' is not a name below outputs$" "a name that leads out"
expect "$(cd named/one/outputs && find . -type f | LC_ALL=C sort | paste -sd '|')" \
    './-n|./[1].csv|./a b.csv|./sub/deep/.hidden|./sub/deep/c.csv' "the rest"
[[ ! -e inductiva_output ]]

deep='sub/deep/.hidden|sub/deep/c.csv'
for name in sub/deep sub//deep ././sub/./deep/. sub/deep// outputs//sub/deep 'su[b]/deep' '*/deep'; do
    copied "$deep" one "$name"
done
for name in 'su[b]//deep/./c*' 'sub/*/c.csv' 'sub/deep/*' '**/c.csv' '**/deep/*' 'sub/**/*.csv' 'sub/deep/**'; do
    copied sub/deep/c.csv one "$name"
done
copied sub/deep/.hidden one 'sub/deep/.*'
copied '[1].csv|a b.csv|sub/deep/c.csv' one '**/*.csv'
copied '[1].csv|a b.csv' one '*.csv'
copied '[1].csv|a b.csv' one 'outputs/*.csv'
copied '[1].csv' one '[1].csv'
copied -n one -- -n
all="-n|[1].csv|a b.csv|stderr.txt|stdout.txt|$deep|sub/noise"
for name in . ./ .// outputs outputs/. outputs/; do
    copied "$all" one sub/deep "$name"
done
copied 'stderr.txt|stdout.txt' --std one
copied 'stderr.txt|stdout.txt|sub/noise' one sub/noise --std
download -o w --std two
expect "$code $(ls w/two/outputs)" "1 stdout.txt" "--std without a stderr.txt"
expect "$err" "taskfs-download: 'stderr.txt' is not among the outputs of task 'two'" "a missing stderr.txt"

for name in '' / /nope .. ./.. sub/../-n '.*' '.*/status' nope 'sub/*.csv' 'stdout.txt/x'; do
    download -o nothing one "$name"
    expect "$code $out $(wc -l <err)" "1  1" "exit status, output and lines on stderr of '$name'"
    [[ ! -e nothing ]]
done
