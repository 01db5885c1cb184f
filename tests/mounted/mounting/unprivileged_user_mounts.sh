#!/bin/bash
# A user without rights mounts through fusermount3: all of it works, allow_other is refused.
# Where /dev/fuse is root's alone, root lends it: a node for all, in a mount namespace of the test.
if ((EUID == 0)) && [[ ${1:-} != inside ]]; then
    exec "$TEST_LIB/apart.sh" bash "$0" inside
fi
. "${TEST_LIB:?run me with tests/run}/lib.sh"

[[ -u $(command -v fusermount3) ]] || skip "fusermount3 is not set-uid root here"
user() {
    "$@"
}
if ((EUID == 0)); then
    mknod -m 666 "$work/fuse" c 10 229 2>/dev/null || skip "root may not make device nodes here"
    /usr/bin/mount --bind "$work/fuse" /dev/fuse
    chmod 755 "$work"
    chown 65534:65534 "$mnt"
    install -m 755 "$TASKFS" "$work/taskfs"
    TASKFS=$work/taskfs
    user() {
        setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/ "$@"
    }
    prefix=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/ "${prefix[@]}")
else
    [[ -r /dev/fuse && -w /dev/fuse ]] || skip "/dev/fuse is not open to this user"
fi
# Another user's mount can't be looked at, not even by root.
is_mounted() {
    grep -qF "${mnt// /\\040} " /proc/self/mountinfo
}
mounted_or_dead() {
    user mountpoint -q "$mnt" || ! is_running "$taskfs_pid"
}
uid=$(user id -u)
archive one artifacts/d/a.txt text
task two '{"status": "computation-started"}'
emulator

mount
expect "$(user cat "$mnt/one/outputs/d/a.txt")" text "an output"
expect "$(user stat -c %u "$mnt/one/status")" "$uid" "owner"
expect "$(user ls "$mnt" | xargs)" "one two" "the listing"
cp "$lib/oscall.py" "$work"
expect "$(user /usr/bin/python3 "$work/oscall.py" write "$mnt/two/ctl" kill)" ok "a kill by its user"
expect "$(user cat "$mnt/two/status")" killed "status after a kill"
expect_match "$(grep -F "${mnt// /\\040} " /proc/self/mountinfo)" "nosuid,nodev.*user_id=$uid" "the mount"
# Not even root looks into it.
if ((EUID == 0)) && ls "$mnt" 2>/dev/null; then fail "root can list another user's mount"; fi
user fusermount3 -u "$mnt"
end_of_daemon

# SIGTERM ends it: fusermount3 unmounts for us.
mount
kill -TERM "$taskfs_pid"
end_of_daemon
if is_mounted; then fail "still mounted after SIGTERM"; fi

# A crash is cleared by the same user.
mount
kill -KILL "$taskfs_pid"
reap "$taskfs_pid" 5
taskfs_pid=
start
is_alive() {
    [[ $(user cat "$mnt/one/status" 2>/dev/null) == success ]] || ! is_running "$taskfs_pid"
}
eventually $((10 * slower)) is_alive
expect "$(user cat "$mnt/one/status")" success "status after a crash"
user fusermount3 -u "$mnt"
end_of_daemon

# Moved away: its own mount is found and unmounted, and no other.
if ((EUID == 0)); then
    mkdir "$work/above"
    chown 65534:65534 "$work/above"
    ordinary=$mnt mnt=$work/above/mount
    user mkdir "$mnt"
    mount
    mv "$work/above" "$work/renamed"
    kill -TERM "$taskfs_pid"
    end_of_daemon
    if grep -F "$work/renamed" /proc/self/mountinfo; then fail "still mounted where it was moved to"; fi
    mnt=$ordinary
fi

if grep -qsx 'user_allow_other' /etc/fuse.conf; then
    exit 0
fi
for mode in "" -f; do
    got=0
    "${prefix[@]}" "$TASKFS" ${mode:+"$mode"} -o "api_url=$api_url,allow_other" "$mnt" >"$work/said" 2>&1 || got=$?
    expect "$got" 1 "status with allow_other, which /etc/fuse.conf does not allow"
    grep -q user_allow_other "$work/said" || fail "it does not say why: $(<"$work/said")"
done
if is_mounted; then fail "mounted with allow_other"; fi
