#!/bin/bash
# taskfs-download is linked with every library of taskfs but that of FUSE, and taskfs-cache with
# none of the network, as make install and the package put them in place.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
top=$(cd "$lib/../../.." && pwd)
cd "$top"

libraries() { # PROGRAM
    readelf --wide --dynamic "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\.so.*/\1/p' | sort
}

make -s install DESTDIR="$work/stage" PREFIX=/usr >/dev/null
packages=$(scripts/packaging/deb --update)
for package in $packages; do
    dpkg-deb -x "$package" "$work/package"
done
for place in stage package; do
    libraries "$work/$place/usr/bin/taskfs" >"$work/of_taskfs"
    libraries "$work/$place/usr/bin/taskfs-download" >"$work/of_download"
    expect "$(comm -23 "$work/of_taskfs" "$work/of_download")" libfuse3 "what taskfs alone is linked with"
    expect "$(comm -13 "$work/of_taskfs" "$work/of_download")" '' "what taskfs-download alone is linked with"
    expect "$(libraries "$work/$place/usr/bin/taskfs-cache" | tr '\n' ' ')" "libc libcrypt libisal " "what taskfs-cache is linked with"
    ! ldd "$work/$place/usr/bin/taskfs-download" | grep fuse || fail "a library of it needs FUSE"
done
