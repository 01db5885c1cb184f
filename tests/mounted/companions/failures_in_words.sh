#!/bin/bash
# Each failure of a companion is a line in its own name: what failed, and what can be done.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

archive one artifacts/a.txt text artifacts/sub/b.txt text
task running '{"status": "computation-started"}'
emulator
mount
note_mounts
cd "$work"

# fails MESSAGE PROGRAM ARGUMENT...: it ends with 1 and says this in one line.
fails() {
    local message=$1
    shift
    run "$@" <<<y
    expect "$code" 1 "exit status of '$*'"
    expect "$err" "$1: $message" "what '$*' says"
}

for shell in dash 'busybox sh'; do
    for command in taskfs-list 'taskfs-wait one' 'taskfs-kill running' 'taskfs-download one'; do
        # shellcheck disable=SC2086 # several words
        TMPDIR=$work/nowhere fails "cannot create a folder in '$work/nowhere': set TMPDIR to a folder that can be written" $command
    done
    # Links that lead nowhere, in the place of folders.
    mkdir -p w/one
    ln -sfn nowhere w/one/outputs
    fails "'w/one/outputs' is not a folder, and in the way of one: move it away" taskfs-download -o w one
    rm w/one/outputs
    rmdir w/one
    ln -s nowhere w/one
    fails "cannot write to 'w/one': File exists; name another directory with -o" taskfs-download -o w one
    rm w/one

    # The mount goes away just before a download reads the table of contents for the last time.
    mkdir -p bin
    cat >bin/grep <<END
#!/bin/sh
case \$* in
*/outputs_info) fusermount3 -u -z '$mnt' ;;
esac
exec $(command -v grep) "\$@"
END
    chmod +x bin/grep
    PATH=$work/bin:$PATH run taskfs-download -o w one
    end_of_daemon
    if grep -v '^taskfs-download: ' err; then
        fail "lines that are not the program's own"
    fi
    expect "$code" 3 "exit status without the mount"
    rm -r bin w
    mount
    note_mounts
done

# A full disk below TMPDIR.
unshare -rm true 2>/dev/null || skip "no user namespaces here"
mkdir small
for command in taskfs-list 'taskfs-wait one' 'taskfs-kill running' 'taskfs-download one'; do
    code=0
    # shellcheck disable=SC2016,SC2086 # for the inner shell; several words
    unshare -m ${UID:+$([[ $UID == 0 ]] || echo -r)} sh -c '
        mount -t tmpfs -o size=64k none small || exit 9
        head -c 100000 /dev/zero >small/fill 2>/dev/null
        TMPDIR=small dash "$@" <&- >out 2>err' sh "$programs"/$command -m "$mnt" || code=$?
    expect "$code $(<err)" "1 ${command% *}: no space is left in 'small': set TMPDIR to a folder with more" "a full disk"
done
