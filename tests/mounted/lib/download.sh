# shellcheck shell=bash
# For tests of taskfs-download, after lib.sh. It needs no mount: it asks the emulator itself.
unset TASKFS_MOUNT INDUCTIVA_OUTPUT_DIR

# service [OPTION...]: the emulator, as the service that downloads ask.
service() {
    emulator "$@"
    export INDUCTIVA_API_URL=$api_url
}

# download ARGUMENT...: its exit status is in $code, what it wrote in $out and $err.
download() {
    code=0
    "${prefix[@]}" "$TASKFS_DOWNLOAD" "$@" >"$work/out" 2>"$work/err" || code=$?
    out=$(<"$work/out") err=$(<"$work/err")
}

# begin_download ARGUMENT...: the same beside us, with the signals of a terminal; $begun is it.
begin_download() {
    : >"$work/out"
    : >"$work/err"
    "${default_signals[@]}" "${prefix[@]}" "$TASKFS_DOWNLOAD" "$@" >"$work/out" 2>"$work/err" </dev/null &
    begun=$!
}

# A test that fails leaves nothing running.
end_begun() {
    [[ -z ${begun:-} ]] || ! jobs -pr | grep -qx "$begun" || kill -KILL "$begun"
}
at_end+=(end_begun)

# expect_end STATUS: what was begun ends with this.
expect_end() {
    local status
    reap "$begun" $((10 * slower))
    expect "$status" "$1" "exit status"
}

says() { # FILE TEXT: whether it has
    grep -qF -- "$2" "$1"
}

# Whether a fault holds a request at this moment.
has_stalled() {
    (($(waiting_requests) > 0))
}

# large_part TASK_FOLDER: the part of more than a MiB that a download has there, if there is one.
large_part() {
    find "$1/.outputs.part" -type f ! -name '*.note*' -size +1M 2>/dev/null | head -n 1
}

# Bytes of archives that were sent since the mark.
bytes_fetched() {
    settle
    tail -n +$((marked_line + 1)) "$request_log" | jq -s '[.[] | select(.kind == "object") | .bytes] | add // 0'
}

# tree FOLDER: a line for each file and link below it, with mode, time, type and target.
tree() {
    (cd "$1" && find . ! -type d -printf '%p %m %Ts %y %l\n' | LC_ALL=C sort)
}

# Whether what was begun has ended.
has_ended() {
    ! is_running "$begun"
}
