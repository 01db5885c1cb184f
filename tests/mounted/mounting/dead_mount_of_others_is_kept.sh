#!/bin/bash
# A dead mount of another program, or of another user, is not cleared: one line, status 1.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/refusal.sh"
archive one artifacts/a.txt text
emulator

# Mounts, as libfuse does through fusermount3, a filesystem of type fuse.$1, and is gone.
leave_dead_mount() {
    python - "$1" "$mnt" <<'PY'
import os, socket, subprocess, sys
ours, theirs = socket.socketpair()
subprocess.run(["fusermount3", "-o", f"fsname=x,subtype={sys.argv[1]}", "--", sys.argv[2]],
               env={**os.environ, "_FUSE_COMMFD": str(theirs.fileno())},
               pass_fds=[theirs.fileno()], check=True)
socket.recv_fds(ours, 1, 1)
PY
    expect_errno ENOTCONN list "$mnt"
}
# refused ARGUMENT...: with what it says, and the mount is kept
refused() {
    local mode got
    for mode in "" -f; do
        got=0
        timeout 10 "$@" ${mode:+"$mode"} -o "api_url=$api_url" "$mnt" >"$work/said" 2>&1 </dev/null || got=$?
        expect "$got" 1 "status of '$*' on it"
        expect "$(wc -l <"$work/said")" 1 "lines that it said: $(<"$work/said")"
        grep -qF "$mnt" "$work/said" || fail "it does not name the mount point: $(<"$work/said")"
        expect "$(grep -cF "${mnt// /\\040} " /proc/self/mountinfo)" 1 "mounts at the mount point"
    done
}
for type in sshfs taskfs2 nottaskfs; do
    leave_dead_mount $type
    refused "${prefix[@]}" "$TASKFS"
    grep -q "another program" "$work/said" || fail "$type: it says: $(<"$work/said")"
    fusermount3 -u "$mnt"
done

# A dead taskfs below a dead mount of another: what is on top counts.
leave_dead_mount taskfs
if ((EUID == 0)); then
    chmod 755 "$work"
    cp "$TASKFS" "$work/taskfs"
    refused setpriv --reuid=65534 --regid=65534 --clear-groups "${prefix[@]}" "$work/taskfs"
fi
fusermount3 -u "$mnt"

# Its own is, whatever the name it was given by.
leave_dead_mount taskfs
ln -s "$work" "$work/link"
place=$mnt
mnt="$work/link/mount point"
start
mnt=$place
is_alive() {
    [[ $(cat "$mnt/one/status" 2>/dev/null) == success ]] || ! is_running "$taskfs_pid"
}
eventually $((10 * slower)) is_alive
expect "$(<"$mnt/one/status")" success "status after the crash"
