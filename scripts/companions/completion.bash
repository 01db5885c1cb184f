# shellcheck shell=bash
# Completion in bash for taskfs and its companions. Stands alone: sourced, or loaded by
# bash-completion under the name of any of the commands.

_taskfs_statuses='pending-input submitted started computation-started computation-ended pending-kill success failed
killed executer-failed executer-terminated executer-terminated-by-user executer-terminated-ttl-exceeded
executer-terminated-credits-exhausted spot-instance-preempted ttl-exceeded zombie'

# _taskfs_words WORDS: offers those that begin with $cur.
_taskfs_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_taskfs_folders() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
}

# Sets $mount: what -m named, else TASKFS_MOUNT, else the only one there is or the one we are in.
_taskfs_find_mount() {
    local fields options type field count=0 i
    mount=${mount:-${TASKFS_MOUNT:-}}
    mount=${mount/#\~\//$HOME/}
    [[ -z $mount ]] || return
    while read -ra fields; do
        for ((i = 6; i < ${#fields[@]}; i++)); do
            [[ ${fields[i]} != - ]] || break
        done
        type=${fields[i + 1]:-} options=,${fields[i + 3]:-},
        field=${fields[4]:-}
        if [[ $type == fuse.taskfs && ${fields[3]} == / && $options == *",user_id=$(id -u),"* ]]; then
            printf -v mount %b "${field//\\/\\0}"
            count=$((count + 1))
            if [[ $PWD/ == "$mount"/* ]]; then
                return
            fi
        fi
    done </proc/self/mountinfo
    ((count == 1)) || mount=
}

# The tasks of the mount. A service that does not answer holds the shell for no more than 3 s.
_taskfs_ids() {
    local id
    [[ $cur != */* ]] || return
    _taskfs_find_mount
    [[ -n $mount ]] || return
    while IFS= read -r id; do
        [[ $id != "$cur"* ]] || COMPREPLY+=("$id")
    done < <(timeout 3 ls -U -- "$mount" 2>/dev/null)
}

# _taskfs_files TASK: names below its outputs or inputs.
_taskfs_files() {
    local base name plain=${cur//\\/}
    case $1 in
    */*) base=${1%/}/$what/ ;;
    *)
        _taskfs_find_mount
        [[ -n $mount ]] || return
        base=$mount/$1/$what/
        ;;
    esac
    compopt -o filenames 2>/dev/null
    # shellcheck disable=SC2016 # for the inner shell
    while IFS= read -r name; do
        if [[ -d $name ]]; then
            name+=/
            compopt -o nospace 2>/dev/null
        fi
        COMPREPLY+=("${name#"$base"}")
    done < <(timeout 3 bash -c 'compgen -f -- "$1"' bash "$base$plain" 2>/dev/null)
}

# Sets $mount, $what and $operands from the words before the one that is completed. The arguments
# are the options that take a value.
_taskfs_scan() {
    local i word with_value=" $* " only_operands=no
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $only_operands == yes || $word != -* ]]; then
            operands+=("${word//\\/}")
            continue
        fi
        case $word in
        --) only_operands=yes ;;
        --inputs) what=inputs ;;
        esac
        if [[ $with_value == *" $word "* ]]; then
            i=$((i + 1))
            # --option=value comes as three words
            [[ ${COMP_WORDS[i]:-} != = ]] || i=$((i + 1))
            case $word in
            -m | --mount) ((i >= COMP_CWORD)) || mount=${COMP_WORDS[i]//\\/} ;;
            esac
        fi
    done
    prev=${COMP_WORDS[COMP_CWORD - 1]}
    if [[ $prev == = ]] && ((COMP_CWORD > 1)); then
        prev=${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $cur == = ]]; then
        cur=
    fi
}

_taskfs_companion() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev mount='' what=outputs operands=()
    COMPREPLY=()
    case ${COMP_WORDS[0]##*/} in
    taskfs-kill)
        _taskfs_scan -w --wait -m --mount
        _taskfs_complete '-y --yes -w --wait --all -m --mount -h --help'
        ;;
    taskfs-wait)
        _taskfs_scan -t --timeout -m --mount
        _taskfs_complete '-t --timeout --kill-on-interrupt -m --mount -h --help'
        ;;
    taskfs-download)
        _taskfs_scan -o --output-dir -m --mount
        _taskfs_complete '-o --output-dir --inputs --zip -q --quiet -m --mount -h --help'
        ;;
    taskfs-list)
        _taskfs_scan -n --number -s --status -p --project -w --watch -m --mount
        _taskfs_complete '-n --number -s --status -p --project -w --watch -m --mount -h --help'
        ;;
    esac
}

# _taskfs_complete OPTIONS: what may stand here, of a companion.
_taskfs_complete() {
    case $prev in
    -m | --mount | -o | --output-dir)
        _taskfs_folders
        return
        ;;
    -s | --status)
        _taskfs_words "$_taskfs_statuses"
        return
        ;;
    -w | --wait | --watch | -t | --timeout | -n | --number | -p | --project) return ;;
    esac
    if [[ $cur == -* ]]; then
        _taskfs_words "$1"
        return
    fi
    case ${COMP_WORDS[0]##*/} in
    taskfs-list) ;;
    taskfs-download)
        if ((${#operands[@]} > 0)); then
            _taskfs_files "${operands[0]}"
        else
            _taskfs_ids
        fi
        ;;
    *) _taskfs_ids ;;
    esac
}

# taskfs itself: options, and after -o a list parted by commas, of which the last part is completed.
_taskfs() {
    local cur=${COMP_WORDS[COMP_CWORD]} line=${COMP_LINE:0:COMP_POINT} word part before value
    local names='api_url= project= status= ttl= timeout= cache_size= ca_file= debug= ro noexec allow_other uid= gid= umask='
    COMPREPLY=()
    word=${line##* }
    if ! [[ $line =~ \ -o\ *[^\ ]*$ && $line != *' -o' ]]; then
        case $cur in
        -*) _taskfs_words '-f -d -h --help -V --version -o' ;;
        *) _taskfs_folders ;;
        esac
        return
    fi
    [[ $word != -o* ]] || word=${word#-o}
    part=${word##*,}
    before=${word%"$part"}
    value=
    case $part in
    status=*) value=$(compgen -P "${part%%=*}=" -W "$_taskfs_statuses" -- "${part#*=}") ;;
    debug=*)
        value=$(compgen -P "${part%"${part##*[:=]}"}" -W 'fuse fs api zip cache net' -- "${part##*[:=]}")
        ;;
    ca_file=*) value=$(compgen -P ca_file= -f -- "${part#*=}") ;;
    *=*) ;;
    *) value=$(compgen -W "$names" -- "$part") ;;
    esac
    [[ -n $value ]] || return
    # The shell replaces what follows the last of its word breaks: `=` and `:` are among them.
    [[ $cur != [=:] ]] || cur=
    before=${word%"$cur"}
    [[ $cur != -o* ]] || before=
    while IFS= read -r value; do
        if [[ $cur == -o* ]]; then
            value=-o${word%"$part"}$value
        else
            value=${word%"$part"}$value
            value=${value#"$before"}
        fi
        COMPREPLY+=("$value")
    done <<<"$value"
    [[ ${COMPREPLY[0]} != *= || ${#COMPREPLY[@]} != 1 ]] || compopt -o nospace 2>/dev/null
}

complete -o default -F _taskfs taskfs
complete -o default -F _taskfs_companion taskfs-kill taskfs-wait taskfs-download taskfs-list
