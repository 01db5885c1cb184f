#!/bin/bash
# The daemon under valgrind's memcheck, on a tour of what it does: no error, no lost memory.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"

command -v valgrind >/dev/null || skip "no valgrind"
mkdir -p "$work/in/d" "$work/pack"
seq 1 60000 >"$work/in/text"
head -c 400000 /dev/urandom >"$work/in/noise"
echo small >"$work/in/d/small"
for writer in zipfile stored; do
    task $writer
    python "$archives/writers.py" $writer "$root/$writer/output.zip" "$work/in"
done
task bzip2
ln -s ../in "$work/pack/artifacts"
(cd "$work/pack" && 7zz a -tzip -mm=BZip2 -bd "$root/bzip2/output.zip" artifacts/text >/dev/null)
task live '{"status": "computation-started", "emulator": {"kill_seconds": 0.2}}'
emulator
slower=5
checks="--error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect
    --errors-for-leak-kinds=definite,indirect --num-callers=24"
# shellcheck disable=SC2206 # a list of words
prefix=(valgrind --quiet "--log-file=$work/valgrind" $checks)
mount

# Whole, at random and beyond the end; while something fails.
ls -lR "$mnt/" >"$work/seen"
for id in zipfile stored; do
    cmp "$work/in/text" "$mnt/$id/outputs/text"
    cmp "$work/in/noise" "$mnt/$id/outputs/noise"
    cmp "$work/in/d/small" "$mnt/$id/outputs/d/small"
done
cmp "$work/in/text" "$mnt/bzip2/outputs/text"
expect "$(ctl zipfile refresh)" ok refresh
for at in 300000 5 140000 70000; do
    cmp <(tail -c +$at "$work/in/text" | head -c 5000) \
        <(tail -c +$at "$mnt/zipfile/outputs/text" | head -c 5000)
done
cat "$mnt"/live/{status,info,task.json,machine_type,outputs_info} "$mnt"/.taskfs/* >/dev/null
expect "$(ctl live 'kill 5')" ok kill
expect "$(ctl live wait)" ok wait
expect "$(<"$mnt/live/status")" killed status
expect_errno EINVAL write "$mnt/live/ctl" nonsense
expect_errno ENOENT open "$mnt/nothing"
expect "$(ctl stored refresh)" ok refresh
fault '{"match": {"kind": "object"}, "count": 2, "action": "cut", "after": 70000}'
cmp "$work/in/noise" "$mnt/stored/outputs/noise"
df "$mnt" >/dev/null
unmount || fail "valgrind says: $(head -n 60 "$work/valgrind")"
expect "$(<"$work/valgrind")" "" "what valgrind says"
