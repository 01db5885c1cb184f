# shellcheck shell=bash disable=SC2034
# Running tasks whose machines can be looked into: the program is tests/tracker/fake_live.py, so no
# network is needed but the emulator. Sourced after lib.sh.
tracker=$(cd "$lib/../../tracker" && pwd)
fake=$work/fake-live
machines=()

# As root, the mount starts the program as another user.
chmod a+rx "$work"
printf '#!/bin/sh\nexec /usr/bin/python3 "%s/fake_live.py" program\n' "$tracker" >"$fake"
chmod a+rx "$fake"
export INDUCTIVA_TURN_SERVER_URL=

# machine ID: a running task, whose files are in $work/ID.
machine() {
    mkdir -p "$work/$1"
    : >"$work/$1.log"
    chmod a+rw "$work/$1.log"
    task "$1" '{"status": "computation-started"}'
}

# start_machines ID...: the machines answer offers, as long as the test runs.
start_machines() {
    /usr/bin/python3 "$tracker/fake_live.py" machine "$api_url" "$key" "$work" "$@" &
    machines+=($!)
    disown $!
}

end_machines() {
    [[ ${#machines[@]} = 0 ]] || kill "${machines[@]}" 2>/dev/null || true
}
at_end+=(end_machines)

# live_faults ID WORD...: what the machine does from now on; without a word, nothing.
live_faults() {
    local id=$1
    shift
    printf '%s\n' "$*" >"$work/$id.faults.new"
    mv "$work/$id.faults.new" "$work/$id.faults"
}

# live_log ID REGEX: how many lines of what the machine was asked match.
live_log() {
    grep -cE "$2" "$work/$1.log" || true
}

# stat_of NAME: a counter of the mount.
stat_of() {
    awk -v name="$1" '$1 == name { print $2 }' "$mnt/.taskfs/stats"
}
