#!/bin/bash
# No file whose content differs is replaced, unless --force is given; each is named.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

mkdir -p "$work/in/sub"
for name in same longer resized touched sub/linked sub/pipe gone; do
    head -c 20000 /dev/urandom >"$work/in/$name"
done
touch -d '2026-01-05 10:00:00' "$work"/in/* "$work"/in/sub/*
ln -s gone "$work/in/link"
mkdir -p "$root/one" "$root/many"
(cd "$work/in" && zip -qry "$root/one/output.zip" .)
mkdir "$work/many"
for n in $(seq -w 1 15); do
    echo "original $n" >"$work/many/f$n"
done
(cd "$work/many" && zip -qr "$root/many/output.zip" .)
task one
task many
service
cd "$work"
outputs=w/one/outputs
differs() { echo "taskfs-download: '$outputs/$1' differs from the original, and is left alone: --force replaces it"; }
listing() { find "$1" ! -type d -printf '%P %y %s %T@ %l\n' | LC_ALL=C sort; }

download -o w one
expect "$code $err" "0 " "exit status and stderr of the first download"
diff -r --no-dereference in $outputs

# Edits by a user: one file keeps its size and gets a new time, another keeps its time.
tr '\0-\377' '\1-\377\0' <in/same >$outputs/same
echo more >>$outputs/longer
touch -d '2026-01-05 10:00:00' $outputs/longer
head -c 1000 in/resized >$outputs/resized
touch $outputs/touched
mv $outputs/sub/linked elsewhere
touch elsewhere
ln -s "$work/elsewhere" $outputs/sub/linked
ln -sf same $outputs/link
rm $outputs/sub/pipe $outputs/gone
mkfifo $outputs/sub/pipe
cp -a $outputs before
download -o w one
expect "$code" 1 "exit status over edited files"
expect "$(sort err)" "$(for name in link longer resized same sub/pipe; do differs "$name"; done | sort)" \
    "what it says of edited files"
expect_match "$out" "^3 of 8 files .*, 2 of them were there already$" "how many"
cmp in/gone $outputs/gone
rm $outputs/gone
expect "$(listing $outputs)" "$(listing before)" "what is there"
cmp before/same $outputs/same
expect "$(ls -A w/one)" outputs "nothing else is left"

# Neither a name on the command line nor a copy that arrived earlier permits the replacement.
download -o w one same touched
expect "$code $err" "1 $(differs same)" "a named file"
mkdir w/one/.outputs.part
cp -p in/same in/longer w/one/.outputs.part
download -o w one same longer
expect "$code" 1 "exit status over files that have arrived"
cmp before/same $outputs/same
cmp before/longer $outputs/longer

# To tell what is the same, no data is needed: size and time, or else the CRC-32.
mark
download -o w one longer resized touched same sub/linked link
expect "$(wc -l <err)" 4 "files that differ"
expect_requests 1 kind=object # the archive's directory

download -f -o w one
expect "$code $err" "0 " "exit status and stderr of -f"
diff -r --no-dereference in $outputs
expect "$(stat -c %F elsewhere)" "regular file" "what the link led to"
cmp in/sub/linked elsewhere

# Of many files only the first are listed.
download -o w many
for file in w/many/outputs/*; do
    echo "edited" >"$file"
done
download -o w many
expect "$code $(wc -l <err)" "1 11" "exit status and lines for many"
expect "$(tail -n 1 err)" "... and 5 more like these" "the last line for many"
expect "$(cat w/many/outputs/* | uniq -c | xargs)" "15 edited" "the edited files"

# The archive.
download -o w --zip one
touch w/one/output.zip
download -o w --zip one
expect "$code $out" "0 the archive is in 'w/one/output.zip' already" "--zip over a touched copy"
left="taskfs-download: 'w/one/output.zip' differs from the archive, and is left alone: --force replaces it"
echo mine >w/one/output.zip
download -o w --zip one
expect "$code $err" "1 $left" "--zip over an edited copy"
expect "$(<w/one/output.zip)" mine "the edited copy"
tr '\0-\377' '\1-\377\0' <"$root/one/output.zip" >w/one/output.zip
download -o w --zip one
expect "$code $err" "1 $left" "--zip over a copy of the same size"
download -o w --force --zip one
expect "$code $err" "0 " "--zip with --force"
cmp "$root/one/output.zip" w/one/output.zip

# A file that appears while its original is on its way.
mkdir late
for n in 1 2; do
    head -c 100000 /dev/urandom >late/f$n
done
task late
python "$archives/writers.py" stored "$root/late/output.zip" late
mkdir -p w/late/outputs # so that nothing is fetched beside the directory
fault '{"match": {"kind": "object"}, "skip": 1, "action": "stall", "after": 0}'
begin_download -o w late
eventually 10 has_stalled
echo mine >w/late/outputs/f1
clear_faults
expect_end 1
expect "$(<w/late/outputs/f1)" mine "the file that has appeared"
cmp late/f2 w/late/outputs/f2
expect_match "$(<err)" "^taskfs-download: cannot download 'f1' of task 'late': something else is in its place now, and is left alone" \
    "what it says of it"
