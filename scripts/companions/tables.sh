# shellcheck shell=sh disable=SC2034,SC2119,SC2120,SC2154
# Tables of tasks, for taskfs-list and taskfs-kill. Sourced by common.sh.

# tabulate FILE...: prints a row for each FILE, which is the `info` of a task: id, simulator,
# status, submitted, started, machine, project, separated by tabs, with - for what is not known. An
# empty FILE gives no row.
tabulate() {
    awk '
        function row() {
            if (id != "")
                printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", id, value["Simulator"], value["Status"], value["Submitted"],
                    value["Started"], value["Type"], value["Project"]
            split("Simulator Status Submitted Started Type Project", labels, " ")
            for (i in labels)
                value[labels[i]] = "-"
            id = ""
            over = 0
        }
        FNR == 1 {
            row()
            id = substr($0, 6)
        }
        /^Error/ { over = 1 }
        !over && /^  [A-Z][A-Za-z ]*: / {
            label = $0
            sub(/:.*/, "", label)
            sub(/^ */, "", label)
            text = $0
            sub(/^[^:]*: */, "", text)
            if (label == "Status")
                sub(/ \(.*/, "", text)
            if (label == "Submitted" || label == "Started")
                sub(/ UTC$/, "", text)
            if (label in value)
                value[label] = text
        }
        END { row() }' "$@"
}

# read_infos TASK...: reads the `info` of many tasks at once, so that the delays of a slow network
# do not add up. That of the n-th task goes to $tmp/info.n, and messages to $tmp/info.n.error.
read_infos() {
    number=0
    pids=
    for folder; do
        number=$((number + 1))
        LC_ALL=C cat -- "$folder/info" >"$tmp/info.$number" 2>"$tmp/info.$number.error" &
        pids="$pids $!"
        if [ $((number % 32)) = 0 ]; then
            # shellcheck disable=SC2086 # a list of numbers
            wait $pids 2>/dev/null
            pids=
        fi
    done
    # shellcheck disable=SC2086
    [ -z "$pids" ] || wait $pids 2>/dev/null || :
    pids=
}

# Ends the processes of read_infos after an interruption.
stop_reading() {
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill $pids 2>/dev/null
    pids=
}

# Aligns rows of tab-separated cells from standard input, with two spaces between columns.
align() {
    awk -F '\t' '
        {
            rows = NR
            if (NF > most)
                most = NF
            for (i = 1; i <= NF; i++) {
                cell[NR, i] = $i
                if (length($i) > width[i])
                    width[i] = length($i)
            }
        }
        END {
            for (r = 1; r <= rows; r++) {
                line = ""
                for (i = 1; i <= most; i++)
                    line = line sprintf(i < most ? "%-" width[i] "s  " : "%s", cell[r, i])
                sub(/ +$/, "", line)
                print line
            }
        }'
}
