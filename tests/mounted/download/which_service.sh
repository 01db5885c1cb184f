#!/bin/bash
# The service is that of -m, of a path, of TASKFS_MOUNT, of the variable, or of the mount around us.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

archive one artifacts/a.txt text
emulator
mount
cd "$work"
nowhere=http://127.0.0.1:1

# works ARGUMENT...: the download asks the emulator.
works() {
    rm -rf w
    download -o "$work/w" --timeout 1 "$@"
    expect "$code $err" "0 " "exit status and stderr of '$*'"
    expect "$(<"$work/w/one/outputs/a.txt")" text "what '$*' copies"
}
INDUCTIVA_API_URL=$api_url works one
INDUCTIVA_API_URL=$nowhere works -m "$mnt" one
INDUCTIVA_API_URL=$nowhere works "$mnt/one"
INDUCTIVA_API_URL=$nowhere TASKFS_MOUNT=$mnt works one
INDUCTIVA_API_URL=$nowhere TASKFS_MOUNT=/nowhere works -m "$mnt/" one
INDUCTIVA_API_URL=$nowhere TASKFS_MOUNT=/nowhere works "$mnt/one"
for place in "$mnt" "$mnt/one" "$mnt/one/outputs"; do
    cd "$place"
    works one
done
cd "$work"
ln -s "$mnt" link
works -m link one

# The key of a mount comes from where the mount has it.
mkdir -p "$HOME/.inductiva"
echo "$key" >"$HOME/.inductiva/api_key"
INDUCTIVA_API_KEY='' works -m "$mnt" one
rm "$HOME/.inductiva/api_key"

# fails MESSAGE ARGUMENT...: one line, and exit status 1.
fails() {
    local message=$1
    shift
    download -o nothing "$@"
    expect "$code $out$err" "1 taskfs-download: $message" "exit status and words of '$*'"
    [[ ! -e nothing ]]
}
fails "'$work' is not a mount of taskfs" -m "$work" one
fails "'nope' is not a mount of taskfs" -m nope one
fails "'$mnt/one' is not a mount itself, but lies in the mount at '$mnt'" -m "$mnt/one" one
TASKFS_MOUNT=/nowhere fails "'/nowhere' is not a mount of taskfs" one
INDUCTIVA_API_URL=nonsense fails "bad value for 'INDUCTIVA_API_URL': it is not a URL" one
INDUCTIVA_API_URL=$api_url INDUCTIVA_API_KEY='a b' download one
expect "$code $(wc -l <err)" "1 1" "exit status and lines with a bad key"
INDUCTIVA_API_URL=$api_url INDUCTIVA_API_KEY='' download one
expect_match "$err" "^taskfs-download: no API key: .*INDUCTIVA_API_KEY" "without a key"

fault '{"match": {"kind": "task"}, "action": "status", "code": 401}'
INDUCTIVA_API_URL=$api_url download -o nothing one
expect "$code" 1 "exit status with a refused key"
expect "$(tail -n 1 err)" "taskfs-download: task 'one': permission denied: the API key was refused, or does not allow it" "a refused key"
[[ ! -e nothing ]]
clear_faults

# Tasks of two mounts are for two commands.
first=$mnt first_pid=$taskfs_pid
mnt=$work/other
mkdir "$mnt"
mount
fails "the tasks are in two mounts, '$first' and '$mnt': name those of one" -t "$first/one" -t "$mnt/one"
unmount

# A download does not need the mount any more once it has begun.
mnt=$first taskfs_pid=$first_pid
mkdir in
head -c 100000 /dev/urandom >in/a.txt
task two
python "$archives/writers.py" stored "$root/two/output.zip" in
fault '{"match": {"kind": "object"}, "skip": 1, "action": "stall", "after": 0}'
begin_download -m "$mnt" -o w two
eventually 10 has_stalled
unmount
clear_faults
expect_end 0
cmp in/a.txt w/two/outputs/a.txt

# A mount that is dead is named, not the folder in it.
mount
kill -KILL "$taskfs_pid"
wait "$taskfs_pid" || :
taskfs_pid=
for arguments in "$mnt/one/outputs/a.txt" "-m,$mnt,one"; do
    IFS=, read -ra words <<<"$arguments"
    download "${words[@]}"
    expect "$code" 1 "exit status with a dead mount"
    expect_match "$err" "the mount at '$mnt' is dead .*'taskfs $mnt' mounts it again" "a dead mount"
done
fusermount3 -u -z "$mnt"
