#!/bin/bash
# Archives made by hand (tests/archives/craft.py) show what the rules of the outputs tree say.
# Each row is a test: a group of cases, `noise` where reading them makes the daemon log errors,
# and the rule.
#
# row stripping: What is in artifacts/ is the tree; without it, the whole archive.
# row names: Names: made-up parents, what is not shown, encodings, order of the archive.
# row collisions: Two members of one name, and a file and a directory of one name.
# row links: Symbolic links inside outputs/ are links; all others are files of their text.
# row modes: Modes: 0644 and 0755; devices and set-uid bits are dropped.
# row times: Times: NTFS, else UT, else DOS as UTC; broken extra fields do no harm.
# row methods noise: Methods: stored, deflate, what libzip reads, EOPNOTSUPP for the rest.
# row encryption noise: Encrypted members are listed; opening gives EACCES.
# row damage noise: A damaged member gives EIO, before its last bytes; its siblings are whole.
# row writers: Data descriptors, Zip64 everywhere, local extra fields that differ.
# row placement: Prefix, comment, fake end record, bytes after the end, two archives, Zip64 end.
# row odd noise: A cut comment, wrong disk numbers, a false count, and a directory that is whole.
# row backslashes: Names made on Windows without a slash: backslashes separate folders.
# row reverse: The order of readdir is that of the data, whatever the directory's.
# row impossible noise: Sizes that can't be are shown as 0, and the members named in outputs_info.
# row broken noise: What is no archive gives EIO on outputs: never an empty directory, no ENOENT.
# row overlap noise: Members that lie in each other, share their bytes or run into the next.
# row nesting noise: Archives in archives, and paths five hundred folders deep.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
group=$1

# A group that has no row would never be looked at.
expect "$(sed -nE 's/^# row (\w+).*/\1/p' "$0")" "$(python "$archives/craft.py" groups)" "the groups that have a row"

python "$archives/craft.py" write "$group" "$root"
emulator
mount
[[ ${2:-} != noise ]] || noise_allowed=yes

python "$archives/craft.py" check "$group" "$mnt"
