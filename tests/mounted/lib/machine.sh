# shellcheck shell=bash
# A machine to install into: this one's files with a layer of memory over them, in a mount namespace
# and a process namespace of its own. What is written there is gone with it, and so are its
# processes. It shares the network, so an emulator out here is reached.
if [[ $(id -u) != 0 ]]; then
    skip "needs root, to install a package in a copy of this machine"
fi
packages=$("$lib/../../../scripts/packaging/deb" --update) || fail "the packages can't be built"
package=$lib/../../../${packages%%$'\n'*}
# shellcheck disable=SC2034 # for the tests
download_package=$lib/../../../$(grep taskfs-download_ <<<"$packages")
# shellcheck disable=SC2034 # the same
live_package=$lib/../../../$(grep taskfs-live_ <<<"$packages")

# on_machine FILE...: runs the script on standard input there, as root, with bash -e, HOME=/root, a
# user alice, the files in /given, and in /written what is another than on this machine.
on_machine() {
    rm -rf "$work/machine" "$work/given"
    mkdir "$work/machine" "$work/given"
    cp "$@" "$work/given"
    cat >"$work/given/script"
    "$lib/apart.sh" unshare --mount --propagation private --pid --fork --kill-child bash -euo pipefail -s "$work" <<'ENTER'
work=$1
machine=$work/machine
mount -t tmpfs none "$machine"
mkdir "$machine"/{upper,temporary,root}
mount -t overlay none -o "lowerdir=/,upperdir=$machine/upper,workdir=$machine/temporary" "$machine/root"
mkdir "$machine/root/written"
mount --bind "$machine/upper" "$machine/root/written"
machine=$machine/root
mount -t proc proc "$machine/proc"
mount -t tmpfs -o mode=755 none "$machine/dev"
mknod -m 666 "$machine/dev/null" c 1 3
mknod -m 666 "$machine/dev/zero" c 1 5
mknod -m 666 "$machine/dev/urandom" c 1 9
mknod -m 666 "$machine/dev/fuse" c 10 229
mount -t tmpfs -o mode=1777 none "$machine/tmp"
mount -t tmpfs -o mode=755 none "$machine/run"
# Another version may be installed here.
rm -rf "$machine"/{etc/taskfs,given,root/.inductiva,home/alice}
mkdir "$machine/given"
mount --bind "$work/given" "$machine/given"
exec </dev/null chroot "$machine" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive bash -euo pipefail -c \
    'trap '\''echo "FAILED there: $BASH_COMMAND" >&2'\'' ERR; set -E
    id alice >/dev/null 2>&1 || useradd --create-home --shell /bin/bash alice; . /given/script'
ENTER
}

# What scripts there begin with.
# shellcheck disable=SC2016,SC2034 # it is expanded there
there='
fail() { echo "FAILED there: $*" >&2; exit 1; }
expect() { [[ $1 == "$2" ]] || fail "${3:-value} is \"$1\", expected \"$2\""; }
as_alice() { setpriv --reuid alice --regid alice --init-groups env HOME=/home/alice USER=alice "$@"; }
key_of() { # USER HOME: puts the key there
    mkdir -p "$2/.inductiva"
    cp /given/key "$2/.inductiva/api_key"
    chown -R "$1:" "$2/.inductiva"
}
pids() { # of taskfs
    local file
    for file in /proc/[0-9]*/exe; do
        [[ $(readlink "$file") != /usr/bin/taskfs ]] || (file=${file#/proc/} && echo "${file%/exe}")
    done
}
gone() { # DIRECTORY: no mount is there, and no process serves one
    ! mountpoint -q "$1" || fail "\"$1\" is still mounted"
    local patience=100
    while [[ -n $(pids) ]]; do
        ((patience--)) || fail "taskfs goes on"
        sleep 0.05
    done
}
'
