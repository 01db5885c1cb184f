#!/bin/bash
# taskfs-cache lists what is kept by task, drops tasks and finds damage, also while a mount uses the
# cache: its readers get the right bytes whatever is removed.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/cache.sh"

python "$archives/writers.py" sample "$work/in"
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
archive two artifacts/a.txt text artifacts/b.txt other
task three
task running '{"status": "computation-started"}'
emulator
mount -o "cache_dir=$work/cache"
ls "$mnt" >/dev/null
diff -r "$work/in" "$mnt/one/outputs"
cat "$mnt/one/info" "$mnt/three/info" "$mnt/running/info" >/dev/null
ls "$mnt/two/outputs" >/dev/null
has_all() { [[ $(of_task one '.outputs | .here == .bytes') == true ]]; }
eventually 10 has_all || fail "not all of the archive is kept"

size=$(stat -c %s "$root/one/output.zip")
expect "$(of_task one '"\(.outputs.bytes) \(.details) \(.service)"')" "$size all $api_url" "what is kept of one"
expect "$(of_task two '.outputs.bytes')" "$(stat -c %s "$root/two/output.zip")" "the size of two"
expect "$(of_task three '"\(.details) \(.outputs)"')" "all null" "what is kept of three"
expect "$(of_task two .details)" summary "what is known of two"
expect "$(of_task running .task)" "" "what is kept of a task that has not ended"
cache "$work/cache"
expect "$code $err" "0 " "exit status and stderr of the list"
expect "$(head -n 1 <<<"$out")" "TASK   ON DISK    USED    HERE"
expect_match "$out" "one    [0-9.]+ MB +[0-9]+ s +outputs [0-9.]+ MB of [0-9.]+ MB \(100%\)" "the line of one"
expect_match "$out" "three  [0-9.]+ KB +[0-9]+ s +details only" "the line of three"
expect_match "$(tail -n 1 <<<"$out")" "^3 tasks, [0-9.]+ MB$" "the total"
# Looking is no use.
find "$work/cache" -type f -printf '%p %T@\n' | sort >"$work/before"
cache "$work/cache"
cache --verify "$work/cache"
expect "$code" 0 "exit status without damage"
expect_match "$out" "one: [0-9]+ pieces, none damaged" "what is said of one"
find "$work/cache" -type f -printf '%p %T@\n' | sort | diff "$work/before" -

# Damage of a block, found under the mount that has it in memory, and after it.
segment=$(find "$work/cache" -name 0.00000000 -size +1M)
printf 'xxxx' | dd of="$segment" bs=1 seek=100000 conv=notrunc status=none
cache --verify "$work/cache"
expect "$code $err" "1 " "exit status with damage"
expect_match "$out" "one: 1 of [0-9]+ pieces damaged \(65.54 KB\)" "what is said of one"
expect_match "$out" "3 tasks: 1 of [0-9]+ pieces damaged \(65.54 KB\)$" "what is said of all"
cache --verify --json "$work/cache"
expect "$code $(jq -rs 'map(.result) | unique | join(" ")' "$work/out")" "0 right" "a second time"
expect "$(of_task one '.outputs.bytes - .outputs.here')" 65536 "what is missing"
unmount
mount -o "cache_dir=$work/cache"
mark
diff -r "$work/in" "$mnt/one/outputs"
expect_requests 1 kind=object # for what was removed
unmount

# Dropping under a mount, between two halves of a copy.
mount -o "cache_dir=$work/cache"
largest=$(cd "$work/in" && find . -type f -printf '%s %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-)
exec 3<"$mnt/one/outputs/$largest"
head -c 1000 <&3 >"$work/copy"
cache --drop one "$work/cache"
expect "$code $err" "0 " "exit status of a drop"
expect_match "$out" "^one: dropped, [0-9.]+ MB$" "what a drop says"
expect "$(of_task one .task)" "" "what is kept of one"
cat <&3 >>"$work/copy"
exec 3<&-
cmp "$work/copy" "$work/in/$largest"
diff -r "$work/in" "$mnt/one/outputs"
expect "$(cat "$mnt/two/outputs/a.txt")" text "two"
cache --drop nothing --drop two "$work/cache"
expect "$code $out" "1 two: dropped, ${out##*, }" "exit status of one that is not there"
expect "$err" "taskfs-cache: nothing of 'nothing' is in '$work/cache'" "what is said of it"
cache --drop-all --json "$work/cache"
expect "$code $(jq -r .result "$work/out")" "0 dropped" "dropping all"
diff -r "$work/in" "$mnt/one/outputs"
expect "$(cat "$mnt/two/outputs/b.txt")" other "two"
unmount
cache --drop-all "$work/cache"
cache "$work/cache"
expect "$code $out" "0 0 tasks, 0 B" "what is left"

# A mount whose archive was dropped keeps what it fetches then so that it is found again.
mount -o "cache_dir=$work/cache"
ls "$mnt/one/outputs" >/dev/null
cached_tail() { [[ $(of_task one '.outputs.here // 0') -gt 0 ]]; }
eventually 10 cached_tail || fail "the directory of the archive is not kept"
cache --drop-all "$work/cache"
diff -r "$work/in" "$mnt/one/outputs"
unmount
(($(of_task one '.outputs.here') > size / 2)) || fail "only $(of_task one '.outputs.here') bytes are kept"
mark
mount -o "cache_dir=$work/cache"
diff -r "$work/in" "$mnt/one/outputs"
expect_requests 1-2 kind=object # for the end of the archive
unmount
expect "$(of_task one '.outputs | .here == .bytes')" true "what is kept anew"
