# shellcheck shell=bash
# For tests of the companion programs, after lib.sh: copies of them in $programs, as an installation
# makes them, which see only the mounts of the table $work/mounts (other tests have theirs).
scripts=$(cd "$lib/../../../scripts/companions" && pwd)
programs=$work/programs
mkdir -p "$programs" "$work/share"
for program in taskfs-kill taskfs-wait taskfs-download taskfs-list; do
    sed "s|^share=.*|share=$work/share|" "$scripts/$program" >"$programs/$program"
done
cp "$scripts"/*.sh "$work/share"
sed "s|^mount_table=.*|mount_table=$work/mounts|" "$scripts/common.sh" >"$work/share/common.sh"
chmod +x "$programs"/*
: >"$work/mounts"
unset TASKFS_MOUNT INDUCTIVA_OUTPUT_DIR

# The mounts of this test become known to the programs.
note_mounts() {
    grep -F " $work/" /proc/self/mountinfo >"$work/mounts" || :
}

# run PROGRAM ARGUMENT...: by the shell in $shell; its exit status is in $code, what it wrote in
# $out and $err.
shell=dash
run() {
    local program=$programs/$1
    shift
    code=0
    # shellcheck disable=SC2086 # `busybox sh` is two words
    $shell "$program" "$@" >"$work/out" 2>"$work/err" || code=$?
    out=$(<"$work/out") err=$(<"$work/err")
}

# begin PROGRAM ARGUMENT...: the same beside us, with the signals of a terminal; $begun is it.
begin() {
    local program=$programs/$1
    shift
    : >"$work/out"
    : >"$work/err"
    # shellcheck disable=SC2086
    "${default_signals[@]}" $shell "$program" "$@" >"$work/out" 2>"$work/err" </dev/null &
    begun=$!
}

# expect_end STATUS: what was begun ends with this.
expect_end() {
    local status
    reap "$begun" 10
    expect "$status" "$1" "exit status"
}

says() { # FILE TEXT: whether it has
    grep -qF -- "$2" "$1"
}

# run_on_terminal COMMAND: by the shell $shell; what a terminal saw is in $out.
run_on_terminal() {
    code=0
    script -qefc "$1" "$work/typescript" >"$work/out" 2>&1 </dev/null || code=$?
    out=$(<"$work/out")
}
