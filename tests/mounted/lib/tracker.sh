# shellcheck shell=bash
# Running tasks that can be looked into: a stand-in for the program on a task's machine
# (tests/tracker), which serves the folder $outputs/ID. A test sources this after lib.sh, and starts
# the emulator before the first tracker.
outputs=$work/outputs
machine=() # what trackers are started by

/usr/bin/python3 -c 'import aiortc' 2>/dev/null || skip "no python3-aiortc"
[[ -x ${TASKFS%/*}/taskfs-live ]] || skip "taskfs-live is not built"

# running ID: a task that is computing, whose outputs are in $outputs/ID.
running() {
    mkdir -p "$outputs/$1"
    task "$1" '{"status": "computation-started"}'
}

# tracker ID [OPTION...]: the program on the machine of the task, which was made by `running`;
# returns when it listens for offers. Options are those of tests/tracker/tracker.py. Another one of
# the same task replaces it.
tracker() {
    local id=$1
    shift
    stop_tracker "$id"
    rm -f "$work/tracker.$id.ready"
    "${machine[@]}" /usr/bin/python3 "$lib/../../tracker/tracker.py" --api "$api_url" --task "$id" --folder "$outputs/$id" \
        --key "$key" --ready-file "$work/tracker.$id.ready" --count-file "$work/tracker.$id.counts" "$@" \
        </dev/null >>"$work/tracker.$id.log" 2>&1 &
    tracker_pids["$id"]=$!
    eventually $((10 * slower)) tracker_is_ready "$id"
    [[ -e $work/tracker.$id.ready ]] || fail "the tracker of $id did not start: $(tail -n 5 "$work/tracker.$id.log")"
}

tracker_is_ready() { # ID
    [[ -e $work/tracker.$1.ready ]] || ! is_running "${tracker_pids[$1]}"
}

# stop_tracker ID: as a machine that is switched off: not another packet, and no word to anybody.
stop_tracker() {
    local pid=${tracker_pids[$1]:-}
    [[ -n $pid ]] || return 0
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    unset "tracker_pids[$1]"
}

# How many connections a tracker has now; has had ever; how many requests it has had on them.
tracker_connections() { # ID
    cut -d' ' -f1 "$work/tracker.$1.counts"
}
tracker_connections_ever() { # ID
    cut -d' ' -f2 "$work/tracker.$1.counts"
}
tracker_requests() { # ID
    cut -d' ' -f3 "$work/tracker.$1.counts"
}
