# shellcheck shell=bash
# page FILE NOT_RUN_AT_MOST: runs the commands of a page (pages.py). examples FILE...: those of man
# pages (examples.py). Both against the tasks of the demo. What is left mounted is unmounted, and
# its daemons must be gone by then.
top=$(cd "$lib/../../.." && pwd)

page() {
    as_reader "$lib/pages.py" "$top/$1" "$2" || fail "'$1' is not what happens"
}

examples() {
    as_reader "$lib/examples.py" "${@/#/$top/}" || fail "an example is not what happens"
}

as_reader() { # PROGRAM...: in Python, at the home of somebody with a key
    local result=0
    make_the_demos_tasks
    emulator
    mkdir -p "$HOME/.inductiva" "$work/scratch"
    echo "$key" >"$HOME/.inductiva/api_key"
    (
        cd "$HOME"
        PATH=$top/scripts/companions:$(dirname "$TASKFS"):$PATH
        export INDUCTIVA_API_URL=$api_url PAGE_ROOT=$root PAGE_SCRATCH=$work/scratch
        # Others may have mounts on this machine, and the companions would ask which is meant.
        export USER TERM=dumb TASKFS_MOUNT=$HOME/tasks
        USER=$(id -un)
        unset INDUCTIVA_API_KEY
        /usr/bin/python3 "$@"
    ) || result=$?
    unmount_what_is_left
    return "$result"
}

make_the_demos_tasks() {
    bash -c '. "$1/scripts/demo"; work=$2; make_tasks' demo "$top" "$work/demo"
    rm -rf "$root"
    mv "$work/demo/service" "$root"
    mv "$work/demo/originals" "$work/originals"
    # One that comes to its end, and one that is stopped, while one looks on.
    harbour_task m4c9yd0vb7z2xhq1tnwk8regs '{"timeline": [{"after": 2, "status": "success"}]}'
    harbour_task w0y6rjb3kz8fd5t1xvqhc7mne '{}'
}

harbour_task() { # ID HOW_IT_LIVES
    task "$1" '{"status": "computation-started", "simulator": "reef3d", "project": "harbour",
        "create_time": "'"$(date -u -d '-600 seconds' +%Y-%m-%dT%H:%M:%SZ)"'",
        "estimated_computation_cost": 0.06, "emulator": '"$2"'}'
}

unmount_what_is_left() {
    local place
    while read -r _ _ _ _ place _; do
        place=$(printf '%b' "$place")
        if [[ $place == "$work"/* ]]; then
            fusermount3 -u "$place" || fusermount3 -u -z "$place"
        fi
    done </proc/self/mountinfo
    eventually 6 no_daemons_left || fail "a daemon did not end"
}

no_daemons_left() {
    ! grep -lqsF "$HOME/" /proc/[0-9]*/cmdline
}
