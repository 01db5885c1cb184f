#!/bin/bash
# usage: apart.sh COMMAND...: runs it in a mount namespace of its own, without the mounts of taskfs
# that others have at this moment: a copy of a mount keeps it alive when its owner unmounts it.
if [[ ${1:-} != --inside ]]; then
    exec unshare -m --propagation private "$0" --inside "$@"
fi
shift
while read -r _ _ _ _ place _ rest; do
    if [[ $rest == *" - fuse.taskfs "* ]]; then
        umount -l "$(printf '%b' "$place")"
    fi
done </proc/self/mountinfo
exec "$@"
