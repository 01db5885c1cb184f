#!/bin/bash
# The companions' -h fits a screen; wrong usage is one line on stderr, and exit status 2.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

wrong() { # PROGRAM ARGUMENT...
    run "$@"
    expect "$code" 2 "exit status of '$*'"
    expect "$out" '' "output of '$*'"
    expect "$(wc -l <"$work/err")" 1 "lines on stderr of '$*'"
    expect_match "$err" "^$1: .*: see $1 -h$" "the message of '$*'"
}

for shell in dash 'busybox sh'; do
    for program in taskfs-kill taskfs-wait taskfs-download taskfs-list; do
        for option in -h --help; do
            run $program $option
            expect "$code" 0 "exit status of $program $option"
            expect "$err" '' "stderr of $program $option"
            expect_match "$out" "^usage: $program " "help"
            (($(wc -l <"$work/out") <= 24)) || fail "the help of $program has $(wc -l <"$work/out") lines"
            (($(wc -L <"$work/out") <= 80)) || fail "the help of $program has lines of $(wc -L <"$work/out")"
        done
        wrong $program --nonsense
        wrong $program -m
    done
    for program in taskfs-kill taskfs-wait taskfs-download; do
        wrong $program
        wrong $program -- -dash
    done
    wrong taskfs-kill -w soon abc
    wrong taskfs-kill -w
    wrong taskfs-kill --all abc
    wrong taskfs-wait -t 1.5 abc
    wrong taskfs-download --zip abc file
    wrong taskfs-download -o '' abc
    wrong taskfs-list -n 0
    wrong taskfs-list -n 00
    wrong taskfs-list -n ''
    wrong taskfs-list -w x
    wrong taskfs-list abc
done
