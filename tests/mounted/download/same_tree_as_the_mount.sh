#!/bin/bash
# A download is the tree that the mount shows: bytes, names, modes, times, links.
# Each row is a group of the archives that tests/archives/craft.py makes; `noise` where reading them
# makes the daemon log errors. `cp -a` of the mount is what a download is compared with.
#
# row stripping stripping: Archives with and without artifacts/.
# row names names: Names, made-up parents, encodings.
# row collisions collisions: Two members of one name.
# row links links: Symbolic links, those that lead out too.
# row modes modes: Modes, devices, set-uid bits.
# row times times: Times of all kinds of extra fields.
# row methods methods noise: Methods, those that cannot be read too.
# row encryption encryption noise: Encrypted members.
# row damage damage noise: Damaged members, and their siblings.
# row writers writers: Data descriptors, Zip64, local fields that differ.
# row placement placement: Prefixes, comments, bytes after the end.
# row odd odd noise: Cut comments, false counts.
# row backslashes backslashes: Names with backslashes.
# row reverse reverse: Directories in another order than the data.
# row impossible impossible noise: Sizes that cannot be.
# row broken broken noise: What is no archive.
# row overlap overlap noise: Members that lie in each other.
# row nesting nesting noise: Archives in archives, and very deep paths.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"
group=$2
[[ ${3:-} != noise ]] || noise_allowed=yes

# A group that has no row would never be looked at.
expect "$(sed -nE 's/^# row \w+ (\w+).*/\1/p' "$0")" "$(python "$archives/craft.py" groups)" "the groups that have a row"

python "$archives/craft.py" write "$group" "$root"
service
mount
cd "$work"
compared=0 bad=0
for task in "$root"/*; do
    id=${task##*/}
    # 65540 empty files: they take cp a while, and the rest of the group has the same rules.
    [[ $id != countmodulo65536 ]] || continue
    mkdir -p "copy/$id"
    cp -a "$mnt/$id/outputs" "copy/$id" 2>>cp.err || :
    download -o download "$id"
    python "$lib/same_tree.py" "$mnt" "$id" "copy/$id/outputs" "download/$id/outputs" "$code" || {
        bad=1
        cat err
    }
    if [[ -d download/$id ]]; then
        expect "$(ls -A "download/$id")" outputs "what a download of '$id' leaves"
    fi
    compared=$((compared + 1))
done
((compared > 0)) || fail "no archive was compared"
expect "$bad" 0 "archives that differ"
