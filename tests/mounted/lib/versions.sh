# shellcheck shell=bash
# For tests of an archive that changes, after lib.sh. The output of the task `one` is big.bin, which
# is 24 MiB of the letter A, and the cache of the mount is smaller.

# pack LETTER: what is in $work/in, with big.bin full of the letter, becomes the archive by one
# rename.
pack() {
    head -c $((24 << 20)) /dev/zero | tr '\0' "$1" >"$work/in/big.bin"
    python "$archives/writers.py" stored "$root/one/output.zip.new" "$work/in"
    mv "$root/one/output.zip.new" "$root/one/output.zip"
}

# A second version, full of the letter B, has a file more, new.txt.
pack_another() {
    seq 1 1000 >"$work/in/new.txt"
    pack B
}

# It is what the tree shows, within 5 s and without a refresh.
expect_another() {
    is_another() {
        [[ $(errno_of read "$mnt/one/outputs/new.txt") == ok ]]
    }
    eventually 5 is_another || fail "the new archive is not seen: $(ls "$mnt/one/outputs")"
    diff -r "$work/in" "$mnt/one/outputs"
}

mkdir "$work/in"
task one
pack A
emulator
mount -o cache_size=8M
noise_allowed=yes
