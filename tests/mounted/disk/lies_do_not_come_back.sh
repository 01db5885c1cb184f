#!/bin/bash
# tags: concurrent
# A store that sends wrong bytes, with a cache on disk: what was found wrong is fetched again, by
# the next reader and by the next mount; nothing wrong is read to its end.
# row members: in members
# row directory: in the directory of the archive
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$TEST_LIB/disk.sh"

make_tasks
emulator
noise_allowed=yes

# reads_all ID: every file is read to its end with the right bytes, or gives an error.
reads_all() {
    local file
    while read -r file; do
        if cat "$mnt/$1/outputs/$file" >"$work/got" 2>/dev/null; then
            cmp "$work/$1/$file" "$work/got" || fail "wrong bytes of $file"
        else
            errors=$((errors + 1))
        fi
    done < <(cd "$work/$1" && find . -type f -printf '%P\n')
}
errors=0

case $1 in
members)
    size=$(stat -c %s "$root/one/output.zip") large=$(stat -c %s "$root/two/output.zip")
    for round in 1 2 3 4 5 6; do
        rm -rf "$cache"
        if ((round % 2)); then
            rules=()
            for n in {1..12}; do
                rules+=("{\"match\": {\"kind\": \"object\", \"task\": \"one\"}, \"action\": \"flip\", \"at\": $((RANDOM * 32768 % (size - 30000)))}")
            done
            rules+=("{\"match\": {\"kind\": \"object\", \"task\": \"two\"}, \"action\": \"flip\", \"at\": $((large / 2 + RANDOM))}")
            fault "[$(IFS=,; echo "${rules[*]}")]"
        else
            fault '{"match": {"kind": "object", "range_from_at_least": 1}, "skip": 3, "count": 2, "action": "lying_range", "shift": 4096}'
        fi
        mount -o "cache_dir=$cache"
        reads_all one
        reads_all two
        ((round > 4)) || control DELETE faults >/dev/null
        if ((round <= 4)); then
            # The next readers get what is right, at once.
            reads_all one
            reads_all two
            compare
        fi
        unmount
        control DELETE faults >/dev/null
        before=$errors
        remount
        expect "$errors" "$before" "errors on the next mount"
        echo "round $round: $errors errors so far; then $from_disk bytes from disk, $damaged damaged"
    done
    ((errors > 0)) || fail "no lie was met"
    ;;
directory)
    for at in -30 -500 -2000; do
        rm -rf "$cache"
        size=$(stat -c %s "$root/one/output.zip")
        fault "{\"match\": {\"kind\": \"object\", \"task\": \"one\"}, \"action\": \"flip\", \"at\": $((size + at)), \"xor\": 255}"
        mount -o "cache_dir=$cache"
        reads_all one
        ls -lR "$mnt/one/outputs" >/dev/null 2>&1 || true
        clear_faults
        ctl one refresh >/dev/null
        eventually 20 diff -r "$work/one" "$mnt/one/outputs" >/dev/null 2>&1
        compare
        unmount
        remount
        echo "at $at: then $from_disk bytes from disk"
        # And where the mount ends with the lie.
        rm -rf "$cache"
        fault "{\"match\": {\"kind\": \"object\", \"task\": \"one\"}, \"action\": \"flip\", \"at\": $((size + at)), \"xor\": 255}"
        mount -o "cache_dir=$cache"
        reads_all one
        ls -lR "$mnt/one/outputs" >/dev/null 2>&1 || true
        unmount
        clear_faults
        remount
    done
    ;;
esac
