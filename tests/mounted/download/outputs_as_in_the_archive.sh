#!/bin/bash
# taskfs-download writes files, links, modes and times as the archive has them, and mends a copy.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

cd "$work"
mkdir -p artifacts/sub/deep artifacts/empty
printf 'one\n' >'artifacts/a b.csv'
printf 'two\n' >'artifacts/[1].csv'
printf 'dash\n' >artifacts/-n
printf 'lines\n' >'artifacts/new
line'
printf 'deep\n' >artifacts/sub/deep/c.csv
head -c 300000 /dev/urandom >artifacts/sub/noise
chmod 755 artifacts/sub/noise
ln -s deep/c.csv artifacts/sub/link
touch -hd '2026-01-05 10:00:00' artifacts/* artifacts/sub/*
mkdir -p "$root/one"
zip -qry "$root/one/output.zip" artifacts
task one
service
outputs=inductiva_output/one/outputs

# The user's umask is for the folders of the download alone.
umask 027
download one
expect "$code $err" "0 " "exit status and stderr"
expect "$out" "7 files (300.03 KB) of task 'one' are in '$outputs'" "what it says"
diff -r --no-dereference artifacts $outputs
expect "$(tree $outputs)" "$(tree artifacts)" "modes, times, links"
for folder in sub sub/deep empty; do
    expect "$(stat -c '%a %Y' $outputs/$folder)" "$(stat -c '%a %Y' artifacts/$folder)" "mode and time of $folder"
done
expect "$(stat -c %a inductiva_output inductiva_output/one | xargs)" "750 750" "modes of the folders above"
expect "$(ls -A inductiva_output/one)" outputs "nothing else is left"
expect_requests 1 kind=task
expect_requests 1 kind=signed-url
expect_requests 4 # the end of the archive, and the rest of it

# Doing it again needs the archive's directory, and no data.
mark
download one
expect "$code $err" "0 " "exit status and stderr of doing it again"
expect_match "$out" "^7 files .*, 7 of them were there already$" "doing it again"
expect_requests 1 kind=object
expect_requests 3

# A file that was removed is fetched again; one that was changed is replaced only with --force.
echo longer >$outputs/-n
rm $outputs/sub/noise
download one
expect "$code" 1 "exit status over a changed file"
expect_match "$out" "^6 of 7 files .*, 5 of them were there already$" "mending"
expect "$(<$outputs/-n)" longer "the changed file"
cmp artifacts/sub/noise $outputs/sub/noise
rm $outputs/sub/noise
download --force one
expect "$code $err" "0 " "exit status and stderr with --force"
expect_match "$out" "^7 files .*, 5 of them were there already$" "mending with --force"
diff -r --no-dereference artifacts $outputs
expect "$(tree $outputs)" "$(tree artifacts)" "modes, times, links after mending"
