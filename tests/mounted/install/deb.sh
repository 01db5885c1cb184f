#!/bin/bash
# The package has every file, is the same when built again, installs, mounts, and is removed without
# a trace.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/machine.sh"
top=$(cd "$lib/../../.." && pwd)

dpkg-deb -c "$package" | awk '{ print $1, $6 }' >"$work/contents"
for file in usr/bin/taskfs usr/bin/taskfs-{kill,wait,download,list} usr/sbin/mount.fuse.taskfs; do
    grep -qxF -- "-rwxr-xr-x ./$file" "$work/contents" || fail "no '$file', or with another mode"
done
for file in usr/share/taskfs/common.sh usr/share/bash-completion/completions/taskfs \
    usr/share/man/man1/taskfs.1.gz usr/share/man/man1/taskfs-{kill,wait,download,list}.1.gz \
    usr/share/man/man8/mount.fuse.taskfs.8.gz usr/lib/systemd/{user,system}/taskfs@.service \
    usr/share/doc/taskfs/{copyright,changelog.gz,README.Debian} \
    usr/share/lintian/overrides/taskfs; do
    grep -qxF -- "-rw-r--r-- ./$file" "$work/contents" || fail "no '$file', or with another mode"
done
expect_match "$(dpkg-deb -f "$package" Depends)" 'libcurl.*libfuse3-[0-9].*, fuse3' "what it depends on"
expect "$(dpkg-deb -f "$package" Version)" "$(sed -n 's/^VERSION := //p' "$top/Makefile")" "the version"
before=$(sha256sum "$package")
"$top/scripts/packaging/deb" >/dev/null
expect "$(sha256sum "$package")" "$before" "the sum of a package that is built again"

archive one artifacts/a.txt 'some text'
emulator
printf '%s' "$key" >"$work/key"
on_machine "$package" "$work/key" <<EOF || fail "see above"
$there
dpkg --purge --no-triggers taskfs >/dev/null 2>&1 || true
everything() { find /written -path /written/var -prune -o \( ! -type d -o -name '*taskfs*' \) -print | sort; }
everything >/given/before
dpkg -i --no-triggers /given/*.deb
(cd / && md5sum --quiet -c /var/lib/dpkg/info/taskfs.md5sums)
key_of alice /home/alice
as_alice mkdir /home/alice/tasks
as_alice taskfs -o api_url=$api_url /home/alice/tasks
expect "\$(as_alice cat /home/alice/tasks/one/outputs/a.txt)" "some text"
expect "\$(as_alice taskfs-list -m /home/alice/tasks | grep -c 'one .*success')" 1 "lines of the list"
as_alice cp -r /home/alice/tasks/one/outputs /tmp/copy
as_alice fusermount3 -u /home/alice/tasks
gone /home/alice/tasks
dpkg --purge --no-triggers taskfs
rm -r /home/alice/.inductiva /home/alice/tasks
everything >/given/after
diff /given/before /given/after
EOF
