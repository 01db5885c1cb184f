#!/bin/bash
# The line that keeps updatedb out of mounts does so, as the package and the man page have it, and
# once.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
top=$(cd "$lib/../../.." && pwd)

hint=$(grep -oE "sed -i '/.PRUNEFS.*" "$top/scripts/packaging/debian/README.Debian")
expect "$(mandoc -T ascii "$top/docs/man/mount.fuse.taskfs.8" | sed "s,.\x08,,g" | grep -oE "sed -i '/.PRUNEFS.*")" "$hint" \
    "the line in the man page"
cat >"$work/updatedb.conf" <<'EOF'
PRUNE_BIND_MOUNTS="yes"
PRUNEPATHS="/tmp /var/spool"
PRUNEFS="NFS afs fuse.sshfs tmpfs"
EOF
for _ in once twice; do
    eval "${hint/\/etc\/updatedb.conf/\"\$work/updatedb.conf\"}"
    expect "$(<"$work/updatedb.conf")" 'PRUNE_BIND_MOUNTS="yes"
PRUNEPATHS="/tmp /var/spool"
PRUNEFS="NFS afs fuse.sshfs tmpfs fuse.taskfs"' "the file"
done
