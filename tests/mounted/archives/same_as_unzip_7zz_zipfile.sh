#!/bin/bash
# Every valid archive, crafted and real: names, contents, links and x bits as unzip, 7zz and
# zipfile.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for group in stripping names collisions links modes times methods writers placement overlap nesting; do
    python "$archives/craft.py" write $group "$root"
done
# Not valid: noise by these methods, and members that begin or end in others by mistake. The last
# have too many files to unpack, or are too deep.
rm -r "$root"/{deflate64,ppmd,unknownmethod,runsintonext,startsinside,countmodulo65536,deeppath,endlesspath}
python "$archives/writers.py" sample "$work/in"
for writer in 7zz zip zipfile zipfile-pipe stored stream_zip; do
    id=writer${writer//[-_]/}
    task "$id"
    python "$archives/writers.py" "$writer" "$root/$id/output.zip" "$work/in"
done
mkdir -p "$work/pack/artifacts"
seq 1 50000 >"$work/pack/artifacts/t"
for method in BZip2 LZMA Deflate64 PPMd; do
    task "method${method,,}"
    (cd "$work/pack" && 7zz a -tzip -mm=$method -bd "$root/method${method,,}/output.zip" artifacts) >/dev/null
done
emulator
mount
noise_allowed=yes

mkdir "$work/scratch"
python "$archives/differential.py" "$root" "$mnt" "$work/scratch"
