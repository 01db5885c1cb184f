# shellcheck shell=bash
# A new Debian in a folder, for the scripts that try things on one. Needs root and debootstrap.

# Prints the mirror of Debian to use: $MIRROR, or else the one that apt uses on this machine.
debian_mirror() {
    if [[ -n ${MIRROR:-} ]]; then
        echo "$MIRROR"
    else
        # shellcheck disable=SC2016 # apt's own variable
        apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' \
            'Label: Debian' | sed -n 1p
    fi
}

# debian_make SUITE ROOT: makes a minimal system of the release SUITE in ROOT, as debootstrap makes
# it. What was made is kept as build/release/SUITE.tar, and used again.
debian_make() {
    local suite=$1 root=$2 mirror kept=build/release/$1.tar
    mkdir -p "$root" build/release
    if [[ ! -f $kept ]]; then
        mirror=$(debian_mirror)
        # shellcheck disable=SC2086 # without a mirror, debootstrap takes its own
        debootstrap --variant=minbase "$suite" "$root" $mirror >"$root.log" 2>&1 || {
            tail -n 5 "$root.log" >&2
            return 1
        }
        rm "$root.log"
        tar --create --file "$kept.new" --one-file-system --directory "$root" .
        mv "$kept.new" "$kept"
    else
        tar --extract --file "$kept" --same-permissions --same-owner --directory "$root"
    fi
    cp /etc/resolv.conf "$root/etc/"
    # As an installed machine has them; fusermount3 looks into the first.
    ln -sf /proc/self/mounts "$root/etc/mtab"
    [[ -e $root/etc/hosts ]] || echo '127.0.0.1 localhost' >"$root/etc/hosts"
}

# debian_run ROOT COMMAND ARGUMENT...: runs the command there as root, in mount and process
# namespaces of its own, so that all that it mounts and starts ends with it. It shares the network.
# The first process is a shell that stays: it reaps what the command's daemons leave, as init does.
# /dev is its own: a node that is made there may be opened to all users. The folder becomes the root
# of the namespace, as no chroot can make a user namespace.
debian_run() {
    # shellcheck disable=SC2016 # the inner shell's
    unshare --mount --propagation private --pid --fork --kill-child bash -euc '
        root=$1
        shift
        mount --bind "$root" "$root"
        mount -t proc proc "$root/proc"
        mount -t tmpfs -o mode=755 none "$root/dev"
        mkdir "$root/dev/pts" "$root/dev/shm"
        mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 none "$root/dev/pts"
        mount -t tmpfs -o mode=1777 none "$root/dev/shm"
        mknod -m 666 "$root/dev/null" c 1 3
        mknod -m 666 "$root/dev/zero" c 1 5
        mknod -m 666 "$root/dev/full" c 1 7
        mknod -m 666 "$root/dev/random" c 1 8
        mknod -m 666 "$root/dev/urandom" c 1 9
        mknod -m 666 "$root/dev/tty" c 5 0
        mknod -m 666 "$root/dev/fuse" c 10 229
        ln -s pts/ptmx "$root/dev/ptmx"
        ln -s /proc/self/fd "$root/dev/fd"
        ln -s fd/0 "$root/dev/stdin"
        ln -s fd/1 "$root/dev/stdout"
        ln -s fd/2 "$root/dev/stderr"
        mkdir "$root/dev/old"
        cd "$root"
        pivot_root . dev/old
        umount -l /dev/old
        rmdir /dev/old
        status=0
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root \
            DEBIAN_FRONTEND=noninteractive "$@" || status=$?
        exit "$status"' - "$@" </dev/null
}
