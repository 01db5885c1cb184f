#!/bin/bash
# make install puts each file where Debian looks for it, with its mode; make uninstall takes all
# away.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
top=$(cd "$lib/../../.." && pwd)
cd "$top"
stage="$work/the stage"

make -s install DESTDIR="$stage" PREFIX=/usr >"$work/said"
expected=$(
    echo '755 usr/bin/taskfs'
    echo '755 usr/libexec/taskfs/taskfs-live'
    for program in kill wait download list cache; do
        echo "755 usr/bin/taskfs-$program"
        echo "777 usr/share/bash-completion/completions/taskfs-$program"
    done
    echo '644 usr/share/bash-completion/completions/taskfs'
    for part in common log mount tables tasks wait; do
        echo "644 usr/share/taskfs/$part.sh"
    done
    for page in docs/man/*; do
        echo "644 usr/share/man/man${page##*.}/${page#docs/man/}"
    done
    echo '755 usr/sbin/mount.fuse.taskfs'
    echo '644 usr/lib/systemd/system/taskfs@.service'
    echo '644 usr/lib/systemd/user/taskfs@.service'
)
expect "$(cd "$stage" && find . ! -type d -printf '%m %P\n' | sort)" "$(sort <<<"$expected")" "what is installed"
expect_match "$(<"$work/said")" "installed $(wc -l <<<"$expected") files" "what make says"
cmp build/taskfs "$stage/usr/bin/taskfs"
cmp build/taskfs-download "$stage/usr/bin/taskfs-download"
cmp build/taskfs-cache "$stage/usr/bin/taskfs-cache"
cmp build/taskfs-live "$stage/usr/libexec/taskfs/taskfs-live"
for program in kill wait download list cache; do
    [[ -e $stage/usr/share/bash-completion/completions/taskfs-$program ]] || fail "no completion of taskfs-$program"
done
for program in kill wait list; do
    expect "$(grep '^share=' "$stage/usr/bin/taskfs-$program")" share=/usr/share/taskfs
done
# An installation over an earlier version leaves nothing of it behind.
touch "$stage/usr/share/taskfs/download.sh" "$stage/usr/share/taskfs/download_copy.sh"
make -s install DESTDIR="$stage" PREFIX=/usr >/dev/null
[[ ! -e $stage/usr/share/taskfs/download.sh && ! -e $stage/usr/share/taskfs/download_copy.sh ]] ||
    fail "parts of the shell program are still there"
# A file of another's in one of our folders keeps the folder.
touch "$stage/usr/share/taskfs/mine"
make -s uninstall DESTDIR="$stage" PREFIX=/usr
expect "$(cd "$stage" && find . ! -type d)" ./usr/share/taskfs/mine "what is left"
rm "$stage/usr/share/taskfs/mine"
make -s uninstall DESTDIR="$stage" PREFIX=/usr
expect "$(cd "$stage" && find . -mindepth 1)" '' "what is left, folders included"

# By default for the machine's administrator: the helper is where mount(8) looks.
make -s install DESTDIR="$stage" >/dev/null
for file in usr/local/bin/taskfs usr/local/libexec/taskfs/taskfs-live usr/local/share/man/man1/taskfs.1 sbin/mount.fuse.taskfs \
    usr/local/lib/systemd/system/taskfs@.service usr/local/lib/systemd/user/taskfs@.service; do
    [[ -f $stage/$file ]] || fail "no '$file' was installed"
done
expect "$(grep '^taskfs=' "$stage/sbin/mount.fuse.taskfs")" taskfs=/usr/local/bin/taskfs
expect_match "$(<"$stage/usr/local/lib/systemd/user/taskfs@.service")" 'ExecStart=/usr/local/bin/taskfs '
expect_match "$(<"$stage/usr/local/lib/systemd/system/taskfs@.service")" 'ExecStart=/sbin/mount.fuse.taskfs '
make -s uninstall DESTDIR="$stage"
expect "$(cd "$stage" && find . -mindepth 1)" '' "what is left, folders included"
