#!/bin/bash
# taskfs-wait --log shows the standard output of running tasks while it waits, each line once.
# tags: plain waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"
. "$lib/live.sh"

machine one
machine two
task other '{"status": "submitted"}'
seq 1 100 >"$work/one/stdout.txt"
: >"$work/two/stdout.txt"
emulator
start_machines one two
mount -o "live_program=$fake"
note_mounts

mkdir "$work/bin"
cat >"$work/bin/tail" <<'END'
#!/bin/sh
! rm "${0%/*}/fails" 2>/dev/null || exit 1
exec /usr/bin/tail "$@"
END
chmod +x "$work/bin/tail"
export PATH=$work/bin:$PATH

begin taskfs-wait --log one
eventually 5 says "$work/out" "100" || fail "the lines that are there are not shown: $(<"$work/out")"
! grep -qx 90 "$work/out" || fail "more than ten lines are shown"
for n in 101 102 103; do
    echo "$n" >>"$work/one/stdout.txt"
    eventually 5 grep -qx "$n" "$work/out" || fail "line $n is not shown: $(<"$work/out")"
done
# A read that fails once loses nothing, as when the task ends between a stat(2) and the read.
touch "$work/bin/fails"
echo 104 >>"$work/one/stdout.txt"
eventually 5 grep -qx 104 "$work/out" || fail "line 104 is not shown: $(<"$work/out")"
[[ ! -e $work/bin/fails ]] || fail "no read has failed"
printf 'in the outputs\nalone\n' >>"$work/one/stdout.txt"
python "$archives/writers.py" zipfile "$root/one/output.zip" artifacts/stdout.txt "$(<"$work/one/stdout.txt")"
control POST task/one '{"status": "success"}' >/dev/null
expect_end 0
expect "$(grep -vE '^task' "$work/out" | xargs)" "$(seq 91 104 | xargs) in the outputs alone" "what was shown"
expect "$(tail -n 1 "$work/out")" "task 'one': success (computation-started for $(grep -oE '[0-9:]{8}' "$work/out" | tail -n 1))"

run taskfs-wait --log -t 1 two
expect "$code" 124 "exit status when the time ran out"
begin taskfs-wait --log -t 20 two other
sleep 2
printf 'hello\nworld\n' >>"$work/two/stdout.txt"
eventually 6 says "$work/out" "two: hello" || fail "it shows $(<"$work/out")"
kill -INT "$begun"
expect_end 130
