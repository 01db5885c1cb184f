#!/bin/bash
# -h, --help, -V and --version print to stdout and exit 0, without a key or a mount point.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

unset INDUCTIVA_API_KEY
for option in -h --help; do
    "$TASKFS" $option >"$work/out" 2>"$work/err"
    [[ ! -s $work/err ]] || fail "$option says something on stderr"
    for word in usage api_url ttl timeout cache_size project status allow_other uid gid umask ca_file cache_dir offline; do
        grep -qi -- "$word" "$work/out" || fail "$option does not name '$word'"
    done
    (($(wc -l <"$work/out") <= 24)) || fail "$option does not fit a screen"
    if grep -E '.{81}' "$work/out"; then fail "a line of $option does not fit a screen"; fi
done
for option in -V --version; do
    expect_match "$("$TASKFS" $option)" '^taskfs.*[0-9]+\.[0-9]+' "$option"
    expect_match "$("$TASKFS" $option)" 'stored or deflated.*libzip [0-9.]+:.*bzip2' "$option"
done
