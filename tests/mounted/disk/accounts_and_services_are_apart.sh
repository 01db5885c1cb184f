#!/bin/bash
# Two keys, and two services, with a task of the same name in one cache: each sees its own.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"

cache=$work/cache
archive same artifacts/a.txt "of the first service"
emulator
mkdir -p "$work/second/same"
echo '{"status": "success"}' >"$work/second/same/task.json"
python "$archives/writers.py" zipfile "$work/second/same/output.zip" artifacts/a.txt "from the second one!"
# The same size and the same time: nothing tells them apart but where they are from.
touch -r "$root/same/output.zip" "$work/second/same/output.zip"
"$TASKFS_EMULATOR" --root "$work/second" --port-file "$work/second.port" >/dev/null 2>&1 &
second_pid=$!
undo() {
    local result=$?
    set +e
    trap - ERR
    kill "$second_pid"
    wait "$second_pid"
    (exit "$result")
    finish
}
trap undo EXIT
eventually 10 test -s "$work/second.port"
first_url=$api_url second_url=http://127.0.0.1:$(<"$work/second.port")

reads() { # URL KEY TEXT
    api_url=$1
    INDUCTIVA_API_KEY=$2 mount -o "cache_dir=$cache"
    expect "$(cat "$mnt/same/outputs/a.txt")" "$3" "what is read"
    cat "$mnt/same/info" >/dev/null
    unmount
}
accounts() {
    find "$cache/v1" -mindepth 1 -maxdepth 1 -type d | wc -l
}
for _ in 1 2; do
    reads "$first_url" "$key" "of the first service"
    expect "$(accounts)" 1 "accounts"
done
for _ in 1 2; do
    reads "$second_url" "$key" "from the second one!"
    reads "$first_url" "$key" "of the first service"
    expect "$(accounts)" 2 "accounts"
done
# Another key of the first service: what the first key has fetched is not there for it.
mark
reads "$first_url" another-key "of the first service"
expect_requests 1-2 kind=object
expect "$(accounts)" 3 "accounts"
mark
reads "$first_url" another-key "of the first service"
expect_requests 0 kind=object

# Offline, the service tells them apart.
noise_allowed=yes
for url in "$first_url" "$second_url"; do
    api_url=$url
    mount -o "cache_dir=$cache,offline"
    text=$(cat "$mnt/same/outputs/a.txt")
    unmount
    [[ $url == "$first_url" ]] && expect "$text" "of the first service" "offline"
    [[ $url == "$second_url" ]] && expect "$text" "from the second one!" "offline"
done
api_url=$first_url
