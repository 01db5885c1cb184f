# shellcheck shell=bash
# expect_refusal STATUS_PATTERN REGEX ARGUMENT...: taskfs says one line that matches, mounts
# nothing, and ends with that status within 5 s; in the background and in the foreground.
expect_refusal() {
    local expected=$1 regex=$2 mode got before
    shift 2
    for mode in "" -f; do
        before=$(now_ms)
        got=0
        timeout -k 1 $((6 * slower)) "${prefix[@]}" "$TASKFS" ${mode:+"$mode"} "$@" \
            >"$work/refusal.stdout" 2>"$work/refusal.stderr" </dev/null || got=$?
        (($(now_ms) - before <= 5000 * slower)) || fail "taskfs $mode $* took more than 5 s"
        # shellcheck disable=SC2053 # a pattern
        [[ $got == $expected ]] || fail "taskfs $mode $*: status $got, expected $expected: $(<"$work/refusal.stderr")"
        expect "$(wc -l <"$work/refusal.stderr")" 1 "lines that 'taskfs $mode $*' said: $(<"$work/refusal.stderr")"
        grep -q '^taskfs: ' "$work/refusal.stderr" || fail "not its own line: $(<"$work/refusal.stderr")"
        grep -qiE -- "$regex" "$work/refusal.stderr" ||
            fail "taskfs $mode $*: '$(<"$work/refusal.stderr")' does not match '$regex'"
        expect "$(wc -c <"$work/refusal.stdout")" 0 "bytes on stdout"
        if is_mounted; then fail "taskfs $mode $* left something mounted"; fi
    done
}
