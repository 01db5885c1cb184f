#!/bin/bash
# Neither the key nor a signed URL is written to the cache, nor anything of a task that has not
# ended; nobody else can read or enter it.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$TEST_LIB/disk.sh"

umask 000
make_tasks
task running '{"status": "computation-started"}'
python "$archives/writers.py" stored "$root/running/output.zip" "$work/one"
emulator
mount -o "cache_dir=$cache"
compare
diff -r "$work/one" "$mnt/running/outputs"
cat "$mnt/running/info" >/dev/null
control DELETE urls >/dev/null # so that URLs are asked for anew
ctl one refresh >/dev/null
compare
unmount
INDUCTIVA_API_URL=$api_url "${prefix[@]}" "$TASKFS_DOWNLOAD" -q --cache-dir "$cache" -o "$work/copy" two
diff -r "$work/two" "$work/copy/two/outputs"

find "$cache" -type f >"$work/files"
(($(wc -l <"$work/files") > 8)) || fail "hardly anything was kept"
for secret in "$key" X-Goog Signature= Credential signed running; do
    if grep -rlaF -- "$secret" "$cache" || find "$cache" | grep -F -- "$secret"; then
        fail "'$secret' is in the cache"
    fi
done
! grep -q "$(printf %s "$key" | md5sum | cut -c 1-16)" <<<"$(find "$cache")" || fail "a plain hash of the key"
expect "$(find "$cache" -type d ! -perm 700)" "" "folders of another mode than 700"
expect "$(find "$cache" -type f ! -perm 600)" "" "files of another mode than 600"
expect "$(find "$cache" ! -type d ! -type f)" "" "what is neither"
remount
((from_disk > 0)) || fail "nothing came from disk"
