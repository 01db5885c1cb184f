#!/bin/bash
# Without allow_other nothing is open to another user; with it what the modes say, and no more.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

((EUID == 0)) || skip "needs root, to become another user"
archive one artifacts/d/a.txt text
task two '{"status": "computation-started"}'
emulator
chmod 755 "$work"

other() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
# refused CALL PATH [ARGUMENT]: the other user gets EACCES or EPERM, and nothing else
refused() {
    local got
    got=$(other /usr/bin/python3 "$work/oscall.py" "$@")
    [[ $got == EACCES || $got == EPERM ]] || fail "another user's $1 of '$2' gives $got"
}
allowed() {
    expect "$(other /usr/bin/python3 "$work/oscall.py" "$@")" ok "another user's $1 of '$2'"
}
cp "$lib/oscall.py" "$work"

mount
cat "$mnt/one/outputs/d/a.txt" "$mnt/one/info" >/dev/null
for path in "$mnt" "$mnt/one" "$mnt/one/outputs" "$mnt/one/outputs/d" "$mnt/.taskfs"; do
    refused list "$path"
done
for path in one/status one/outputs/d/a.txt one/ctl one/output.zip .taskfs/log .taskfs/config; do
    refused stat "$mnt/$path"
    refused read "$mnt/$path"
    refused open-write "$mnt/$path"
done
refused write "$mnt/two/ctl" kill
refused append "$mnt/two/ctl" kill
refused mkdir "$mnt/new"
refused unlink "$mnt/one/status"
refused stat "$mnt/unknown"
unmount

mount -o allow_other
for path in "$mnt" "$mnt/one" "$mnt/one/outputs/d" "$mnt/.taskfs"; do
    allowed list "$path"
done
for path in one/status one/info one/outputs/d/a.txt one/ctl one/output.zip .taskfs/log; do
    allowed read "$mnt/$path"
    refused open-write "$mnt/$path"
    refused truncate "$mnt/$path"
done
for verb in kill wait refresh 'kill 5' nonsense ''; do
    refused write "$mnt/two/ctl" "$verb"
    refused append "$mnt/two/ctl" "$verb"
done
expect "$(<"$mnt/two/status")" computation-started "status of the task that the other wanted to kill"
unmount

# default_permissions: the modes are the kernel's to hold, also once everything is cached.
mount -o allow_other,umask=077
cat "$mnt/one/outputs/d/a.txt" "$mnt/one/status" >/dev/null
refused list "$mnt"
for path in one/status one/outputs/d/a.txt two/ctl .taskfs/log; do
    refused stat "$mnt/$path"
    refused read "$mnt/$path"
done
unmount
mount -o allow_other,umask=044
allowed stat "$mnt/one/status"
for path in one/status one/outputs/d/a.txt one/ctl; do
    refused read "$mnt/$path"
done
refused list "$mnt/one"
unmount

# Shown as the other's, ctl is still for who has mounted it.
mount -o allow_other,uid=65534,gid=65534
expect "$(stat -c %u "$mnt/two/ctl")" 65534 "owner shown"
refused write "$mnt/two/ctl" kill
expect_requests 0 kind=kill
expect "$(ctl two kill)" ok "the mounting user's kill"
