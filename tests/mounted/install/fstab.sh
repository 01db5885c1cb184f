#!/bin/bash
# mount(8) and lines of an fstab, as root and as a user, with what systemd and networks add to them.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/machine.sh"

archive one artifacts/a.txt 'some text'
emulator
printf '%s' "$key" >"$work/key"
on_machine "$package" "$work/key" <<EOF || fail "see above"
$there
dpkg -i --no-triggers /given/*.deb >/dev/null
key_of root /root
mkdir -p /srv/tasks /srv/alice /home/alice/tasks
chown alice: /srv/alice /home/alice/tasks
cat >/etc/fstab <<'FSTAB'
taskfs  /srv/tasks         fuse.taskfs  noauto,_netdev,x-systemd.automount,allow_other,api_url=$api_url  0 0
taskfs  /srv/alice         fuse.taskfs  noauto,_netdev,x-systemd.automount,setuid=alice,api_url=$api_url  0 0
$api_url  /home/alice/tasks  fuse.taskfs  noauto,user,comment=mine  0 0
FSTAB

# As root: with the type alone, by the fstab, and what is not mounted.
mount -t fuse.taskfs -o api_url=$api_url,ro taskfs /srv/tasks
expect "\$(cat /srv/tasks/one/outputs/a.txt)" "some text"
expect "\$(findmnt -no FSTYPE,SOURCE /srv/tasks)" "fuse.taskfs taskfs"
umount /srv/tasks
gone /srv/tasks
mount /srv/tasks
expect "\$(as_alice cat /srv/tasks/one/outputs/a.txt)" "some text" "what another user reads"
umount /srv/tasks
gone /srv/tasks
mount -f /srv/tasks
gone /srv/tasks
# mount(8) makes a path of a source when a file of that name is in the current directory.
mkdir /tmp/here
touch /tmp/here/taskfs
(cd /tmp/here && mount -t fuse.taskfs -o api_url=$api_url taskfs /srv/tasks)
expect "\$(cat /srv/tasks/one/status)" success
umount /srv/tasks
gone /srv/tasks
# The start of a machine has no HOME.
env -u HOME mount /srv/tasks
expect "\$(cat /srv/tasks/one/status)" success
umount /srv/tasks

# As another user, with that user's key, which is not there yet.
mount /srv/alice 2>/tmp/said && fail "mounted without a key"
grep -q "no API key.*/home/alice/.inductiva/api_key" /tmp/said || fail "it says: \$(cat /tmp/said)"
key_of alice /home/alice
mount /srv/alice
expect "\$(as_alice cat /srv/alice/one/outputs/a.txt)" "some text"
cat /srv/alice/one/status 2>/dev/null && fail "root reads a mount of alice's"
expect "\$(stat -c %U "/proc/\$(pids)")" alice "whose process it is"
umount /srv/alice
gone /srv/alice

# A user mounts and unmounts what the fstab allows, and nothing else.
as_alice mount /srv/tasks 2>/dev/null && fail "alice has mounted /srv/tasks"
as_alice mount /home/alice/tasks
expect "\$(as_alice cat /home/alice/tasks/one/outputs/a.txt)" "some text"
findmnt -no OPTIONS /home/alice/tasks | grep -q 'nosuid,nodev,noexec' || fail "options: \$(findmnt -no OPTIONS /home/alice/tasks)"
as_alice umount /home/alice/tasks
gone /home/alice/tasks
as_alice mount /home/alice/tasks
as_alice fusermount3 -u /home/alice/tasks
gone /home/alice/tasks

# Failures have mount(8)'s exit status, and say why.
fails() { # STATUS WORDS COMMAND...
    local status=0 wanted=\$1 words=\$2
    shift 2
    "\$@" >/tmp/said 2>&1 || status=\$?
    expect "\$status" "\$wanted" "the status of '\$*' (\$(cat /tmp/said))"
    grep -q -- "\$words" /tmp/said || fail "'\$*' says: \$(cat /tmp/said)"
}
fails 32 'cannot get page 1' mount -t fuse.taskfs -o api_url=http://127.0.0.1:1 none /srv/tasks
fails 1 "'elsewhere' is no source" mount -t fuse.taskfs elsewhere /srv/tasks
fails 1 "unknown option 'nonsense'" mount -t fuse.taskfs -o nonsense none /srv/tasks
fails 32 "no user 'nobodyatall'" mount -t fuse.taskfs -o setuid=nobodyatall none /srv/tasks
fails 1 usage: mount.fuse.taskfs taskfs
fails 32 'only root can' as_alice mount.fuse.taskfs taskfs /home/alice/tasks -o setuid=root
EOF
