#!/bin/bash
# Lazily unmounted with a file open, it serves that file; its end leaves what is mounted there now.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 3000000 /dev/urandom >"$work/in/noise.bin"
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
emulator

# Its end comes with the last file.
mount
exec 5<"$mnt/one/outputs/noise.bin"
fusermount3 -u -z "$mnt"
is_running "$taskfs_pid" || fail "the daemon ended with a file open"
cmp "$work/in/noise.bin" <&5 || fail "the open file is not whole after a lazy unmount"
exec 5<&-
end_of_daemon

# SIGTERM, with another mount where it was.
mount
exec 5<"$mnt/one/outputs/noise.bin"
fusermount3 -u -z "$mnt"
old=$taskfs_pid
mount
new=$taskfs_pid
expect "$(<"$mnt/one/status")" success "status in the new mount"
taskfs_pid=$old
kill -TERM "$old"
end_of_daemon
taskfs_pid=$new
expect "$(<"$mnt/one/status")" success "status in the new mount, after the end of the old one"
if cat <&5 >/dev/null 2>&1; then fail "the old daemon's file can be read after its end"; fi
exec 5<&-
unmount

# SIGTERM to one that lies below another: the one above lives.
((EUID == 0)) || exit 0
mount
/usr/bin/mount -t tmpfs tmpfs "$mnt"
touch "$mnt/mine"
noise_allowed=yes
kill -TERM "$taskfs_pid"
end_of_daemon
[[ -e $mnt/mine ]] || fail "the mount above was unmounted"
grep -q "below another mount" "$work/taskfs.stderr" || fail "it does not say that a dead mount stays"
umount "$mnt"
umount "$mnt"
