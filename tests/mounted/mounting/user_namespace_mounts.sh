#!/bin/bash
# In a user namespace of its own (unshare -rm), without root's rights: everything works as
# elsewhere. Where /dev/fuse is root's alone, root lends a node for all and then gives up all
# rights.
# tags: alone
if ((EUID == 0)) && [[ ${1:-} != inside ]]; then
    exec "$TEST_LIB/apart.sh" bash "$0" inside
fi
. "${TEST_LIB:?run me with tests/run}/lib.sh"

user=()
if ((EUID == 0)); then
    user=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/)
    chmod 755 "$work"
    chown 65534:65534 "$mnt"
    install -m 755 "$TASKFS" "$work/taskfs"
    TASKFS=$work/taskfs
    if mknod -m 666 "$work/fuse" c 10 229 2>/dev/null; then
        /usr/bin/mount --bind "$work/fuse" /dev/fuse
    else
        user=() # root of the machine, but in the namespace without its rights
    fi
fi
"${user[@]}" unshare -rm true 2>"$work/said" || skip "the kernel refuses unshare -rm: $(<"$work/said")"
"${user[@]}" test -w /dev/fuse || skip "/dev/fuse is not open to this user"
archive one artifacts/d/a.txt text artifacts/run.sh '#!/bin/sh'
python "$archives/writers.py" sample "$work/in"
task sample
python "$archives/writers.py" 7zz "$root/sample/output.zip" "$work/in"
task two '{"status": "computation-started"}'
emulator

cat >"$work/inside" <<'INSIDE'
# usage: inside TASKFS MOUNT API_URL IN [PREFIX...]
set -eu
taskfs=$1 mnt=$2 url=$3 in=$4
shift 4
expect() {
    [[ $1 == "$2" ]] || { echo "FAILED: $3 is '$1', expected '$2'" >&2; exit 1; }
}
has_ended() {
    for _ in $(seq 500); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.02
    done
    echo "FAILED: the daemon runs on" >&2
    exit 1
}
no_mount() {
    ! grep -qF "${mnt// /\\040} " /proc/self/mountinfo || { echo "FAILED: mounted, $1" >&2; exit 1; }
}
expect "$(id -u)" 0 "the user in the namespace"
"$@" "$taskfs" -f -o "api_url=$url" "$mnt" &
pid=$!
for _ in $(seq 1000); do
    mountpoint -q "$mnt" && break
    kill -0 $pid 2>/dev/null || { echo "FAILED: it did not mount" >&2; exit 1; }
    sleep 0.02
done
expect "$(ls "$mnt" | xargs)" "one sample two" "the listing"
expect "$(cat "$mnt/one/outputs/d/a.txt")" text "an output"
expect "$(stat -c %u:%g "$mnt/one/status")" 0:0 "owner, as seen inside"
diff -r "$in" "$mnt/sample/outputs"
echo kill >"$mnt/two/ctl"
expect "$(cat "$mnt/two/status")" killed "status after a kill"
expect "$(tar -C "$mnt/one/outputs" -cf - . | tar -xOf - ./d/a.txt)" text "what tar copies"
if touch "$mnt/one/new" 2>/dev/null; then echo "FAILED: a file was made" >&2; exit 1; fi
fusermount3 -u "$mnt"
wait $pid
no_mount "after fusermount3 -u"

# In the background; SIGTERM; allow_other, which this root may give.
"$@" "$taskfs" -o "api_url=$url,allow_other" "$mnt"
expect "$(cat "$mnt/one/status")" success "status, from the background"
for file in /proc/[0-9]*/cmdline; do
    if tr '\0' '\n' 2>/dev/null <"$file" | grep -qxF -- "$mnt" && [[ $file != /proc/$$/* ]]; then
        pid=${file//[!0-9]/}
    fi
done
kill -TERM "$pid"
has_ended "$pid"
no_mount "after SIGTERM"

# A crash in here is cleared in here.
"$@" "$taskfs" -f -o "api_url=$url" "$mnt" &
pid=$!
until mountpoint -q "$mnt"; do sleep 0.02; done
disown $pid
kill -KILL $pid
while kill -0 $pid 2>/dev/null; do sleep 0.02; done
"$@" "$taskfs" -o "api_url=$url" "$mnt"
expect "$(cat "$mnt/one/status")" success "status after a crash"
umount "$mnt"
INSIDE
timeout $((30 * slower)) "${user[@]}" unshare -rm bash "$work/inside" "$TASKFS" "$mnt" "$api_url" \
    "$work/in" "${prefix[@]}" >"$work/taskfs.stdout" 2>"$work/taskfs.stderr" ||
    fail "in the namespace: $(<"$work/taskfs.stderr")"
expect "$(<"$work/taskfs.stdout")$(<"$work/taskfs.stderr")" "" "what was said in the namespace"
if is_mounted; then fail "the mount is seen outside"; fi
