#!/bin/bash
# The package taskfs-download has every file, depends on nothing of FUSE, works where there is none,
# takes its files over from version 0.1.0 of taskfs, and is removed without a trace.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/machine.sh"
top=$(cd "$lib/../../.." && pwd)

dpkg-deb -c "$download_package" | awk '!/^d/ { print $1, $6, $7, $8 }' | sed 's/ *$//' | sort -k 2 >"$work/contents"
expect "$(<"$work/contents")" "-rwxr-xr-x ./usr/bin/taskfs-cache
-rwxr-xr-x ./usr/bin/taskfs-download
-rw-r--r-- ./usr/share/bash-completion/completions/taskfs-cache
-rw-r--r-- ./usr/share/bash-completion/completions/taskfs-download
-rw-r--r-- ./usr/share/doc/taskfs-download/changelog.gz
-rw-r--r-- ./usr/share/doc/taskfs-download/copyright
-rw-r--r-- ./usr/share/man/man1/taskfs-cache.1.gz
-rw-r--r-- ./usr/share/man/man1/taskfs-download.1.gz" "what is in it"
needed=$(dpkg-deb -f "$download_package" Depends)
expect_match "$needed" 'libcurl' "what it depends on"
[[ $needed != *fuse* && $needed != *taskfs* ]] || fail "it depends on '$needed'"
expect "$(dpkg-deb -f "$download_package" Version)" "$(sed -n 's/^VERSION := //p' "$top/Makefile")" "the version"

# A package as of version 0.1.0, which had the program in it.
old=$work/old
mkdir -p "$old/DEBIAN" "$old/usr/bin" "$old/usr/share/man/man1"
echo '#!/bin/sh' >"$old/usr/bin/taskfs-download"
touch "$old/usr/share/man/man1/taskfs-download.1.gz"
printf '%s\n' 'Package: taskfs' 'Version: 0.1.0' 'Architecture: all' 'Maintainer: none <none@none.example>' \
    'Description: as it was' >"$old/DEBIAN/control"
dpkg-deb --root-owner-group --build "$old" "$work/as_it_was" >/dev/null

archive one artifacts/a.txt 'some text'
emulator
printf '%s' "$key" >"$work/key"
on_machine "$download_package" "$work/as_it_was" "$work/key" <<EOF || fail "see above"
$there
dpkg --purge --no-triggers taskfs taskfs-download >/dev/null 2>&1 || true
# No FUSE: neither the device, nor the library, nor the program that mounts.
rm -f /dev/fuse /usr/lib/*/libfuse3.so* /lib/*/libfuse3.so* /usr/bin/fusermount3
everything() { find /written -path /written/var -prune -o \( ! -type d -o -name '*taskfs*' \) -print | sort; }
everything >/given/before
dpkg -i --no-triggers /given/*.deb
(cd / && md5sum --quiet -c /var/lib/dpkg/info/taskfs-download.md5sums)
! ldd /usr/bin/taskfs-download | grep -E 'fuse|not found' || fail "what the program is linked with"
key_of alice /home/alice
export INDUCTIVA_API_URL=$api_url
as_alice taskfs-download -q -o /home/alice/here one >/tmp/said
expect "\$(cat /home/alice/here/one/outputs/a.txt)" "some text"
expect "\$(cat /tmp/said)" "1 file (9 B) of task 'one' are in '/home/alice/here/one/outputs'" "what it says"
ldd /usr/bin/taskfs-cache | grep -E 'fuse|curl|json|not found' && fail "what taskfs-cache is linked with"
as_alice mkdir -m 700 -p /home/alice/cache/v1
expect "\$(as_alice taskfs-cache /home/alice/cache)" "0 tasks, 0 B" "what taskfs-cache says"
rm -r /home/alice/cache
bash -c '. /usr/share/bash-completion/completions/taskfs-download && complete -p taskfs-download' >/dev/null
dpkg --purge --no-triggers taskfs-download
rm -r /home/alice/.inductiva /home/alice/here
everything >/given/after
diff /given/before /given/after

dpkg -i --no-triggers /given/as_it_was >/dev/null
dpkg -i --no-triggers /given/*.deb >/dev/null
taskfs-download --version | grep -q '^taskfs-download ' || fail "it has not replaced the script"
EOF
