#!/bin/bash
# Neither the key nor a signature is in the command line, the logs with all debug messages, any text
# of the mount or an error, or sent to the store; whatever fails.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text artifacts/b.txt "$(seq 1 20000)"
archive two artifacts/a.txt text
task live '{"status": "computation-started", "emulator": {"kill_seconds": 0}}'
emulator
noise_allowed=yes
signature=0123456789abcdef0123456789abcdef

failures=('"status", "code": 403, "body": "<Error>X-Goog-Signature='"$signature $key"'</Error>"'
    '"status", "code": 500, "retry_after": 0'
    '"redirect", "location": "'"$api_url/elsewhere?X-Goog-Signature=$signature&key=$key"'"'
    '"not_json", "body": "X-Goog-Signature='"$signature $key"'"' '"drop"')

# What is asked for and what goes wrong, of which messages could tell.
tour() {
    local kind action
    ls "$mnt" >/dev/null
    cat "$mnt/one/outputs/a.txt" "$mnt"/one/{info,task.json,outputs_info,status} >/dev/null
    control DELETE urls >/dev/null
    cat "$mnt/one/outputs/b.txt" >/dev/null
    for kind in task signed-url kill object; do
        for action in "${failures[@]}"; do
            control POST task/live '{"status": "computation-started"}' >/dev/null
            fault "{\"match\": {\"kind\": \"$kind\"}, \"count\": 1, \"action\": $action}"
            ctl one refresh >/dev/null
            ctl live refresh >/dev/null
            cat "$mnt/one/outputs/b.txt" "$mnt"/live/{status,info} >/dev/null 2>>"$work/shown" || true
            [[ $kind != kill ]] || ctl live kill >/dev/null
            cat "$mnt"/{one,live}/ctl_error >>"$work/shown" 2>&1 || true
            clear_faults
        done
    done
}

look() { # WHAT [FILE...]
    cat "$mnt"/.taskfs/* "${@:2}" "$work/taskfs.stderr" >>"$work/shown" 2>&1
    # That of a core file, too.
    tr '\0' ' ' <"/proc/$taskfs_pid/cmdline" >>"$work/shown"
    if grep -naF "$key" "$work/shown" | cut -c 1-300; then fail "$1: the key is shown"; fi
    if grep -naiE '(signature|credential)(=|%3d)[0-9a-z+/%]{16,}' "$work/shown" | cut -c 1-300; then
        fail "$1: a signature is shown"
    fi
}

texts=("$mnt"/{one,two,live}/{info,task.json,outputs_info,ctl_error})
mount
tour
look "without debug messages" "${texts[@]}"
kill -USR1 "$taskfs_pid"
tour
look "with those that a signal has switched on" "${texts[@]}"
for name in fuse fs api zip cache net; do
    grep -q " $name: " "$work/taskfs.stderr" || fail "no debug message of '$name'"
done
unmount

: >"$work/taskfs.stderr"
mount -d
cat "$mnt"/*/{info,status} "$mnt"/{one,two}/outputs/* >/dev/null
look "with -d" "${texts[@]}"
expect "$(jq -s 'map(select(.kind == "object" and .key)) | length' "$request_log")" 0 "keys sent to the store"
expect_match "$(jq -sr 'map(select(.kind == "list"))[0].key' "$request_log")" true "a key sent to the API"
unmount

# The listing: its second page is asked for by ls.
stop_emulator
emulator --synthetic 600
for option in '' -d; do
    for action in "${failures[@]}"; do
        # shellcheck disable=SC2086 # none, or one
        mount $option
        fault "{\"match\": {\"kind\": \"list\"}, \"count\": 1, \"action\": $action}"
        ls "$mnt" >/dev/null 2>>"$work/shown" || true
        clear_faults
        look "when the listing fails"
        unmount
    done
done
