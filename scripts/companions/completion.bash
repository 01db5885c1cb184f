# shellcheck shell=bash
# Completion in bash for taskfs and its companions. It needs nothing else: it is sourced, or loaded
# by bash-completion under the name of any of the commands.

_taskfs_statuses='pending-input submitted started computation-started computation-ended pending-kill success failed
killed executer-failed executer-terminated executer-terminated-by-user executer-terminated-ttl-exceeded
executer-terminated-credits-exhausted spot-instance-preempted ttl-exceeded zombie'

# _taskfs_read WORD: sets $plain to WORD as the shell would read it, without quotes and backslashes,
# and $quote to the quote that it leaves open. A ~ at its beginning is the home directory.
_taskfs_read() {
    local i char word=$1
    plain='' quote=''
    if [[ $word == \~ || $word == \~/* ]]; then
        plain=$HOME
        word=${word#'~'}
    fi
    for ((i = 0; i < ${#word}; i++)); do
        char=${word:i:1}
        case $quote$char in
        [\'\"]) quote=$char ;;
        \'\' | \"\") quote='' ;;
        \\)
            i=$((i + 1))
            plain+=${word:i:1}
            ;;
        \"\\)
            # Between double quotes, a backslash is one unless it protects a special character.
            if [[ ${word:i+1:1} == [\"\\\$\`] ]]; then
                i=$((i + 1))
                char=${word:i:1}
            fi
            plain+=$char
            ;;
        *) plain+=$char ;;
        esac
    done
}

# _taskfs_offer TEXT: offers TEXT, with quotes or backslashes where the shell needs them. Names of
# files are offered as they are, since readline itself quotes those (-o filenames).
_taskfs_offer() {
    local text=$1
    case $quote in
    '') printf -v text %q "$1" ;;
    \")
        text=${text//\\/\\\\}
        text=${text//\"/\\\"}
        text=${text//\$/\\\$}
        text=${text//\`/\\\`}
        ;;
    esac
    COMPREPLY+=("$text")
}

# _taskfs_words WORDS: offers those that begin with $plain.
_taskfs_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$plain")
}

# _taskfs_names PREFIX: prints the names of files that begin with PREFIX, separated by NUL, with a
# slash after folders. A service that does not answer delays the shell by at most 3 s.
_taskfs_names() {
    # shellcheck disable=SC2016 # for the inner shell
    timeout 3 bash -c '
        shopt -s nullglob dotglob
        for name in "$1"*; do
            [[ ! -d $name ]] || name+=/
            printf "%s\0" "$name"
        done' bash "$1" 2>/dev/null
}

_taskfs_folders() {
    local name
    compopt -o filenames 2>/dev/null
    while IFS= read -rd '' name; do
        [[ $name != */ ]] || COMPREPLY+=("${name%/}")
    done < <(_taskfs_names "$plain")
}

# The value of -m: the user's mounts, else folders.
_taskfs_mounts() {
    local point mounts=()
    _taskfs_read_mounts
    compopt -o filenames 2>/dev/null
    for point in "${mounts[@]}"; do
        [[ $point != "$plain"* ]] || COMPREPLY+=("$point")
    done
    ((${#COMPREPLY[@]} > 0)) || _taskfs_folders
}

# Sets $mounts to all mounts of the user.
_taskfs_read_mounts() {
    local fields options type point i
    mounts=()
    while read -ra fields; do
        for ((i = 6; i < ${#fields[@]}; i++)); do
            [[ ${fields[i]} != - ]] || break
        done
        type=${fields[i + 1]:-} options=,${fields[i + 3]:-},
        if [[ $type == fuse.taskfs && ${fields[3]} == / && $options == *",user_id=$UID,"* ]]; then
            printf -v point %b "${fields[4]//\\/\\0}"
            mounts+=("$point")
        fi
    done </proc/self/mountinfo
}

# Sets $mounts to the mount that $mount or TASKFS_MOUNT names, or to the one that contains the
# working directory, or else to all mounts of the user.
_taskfs_find_mounts() {
    local point
    mounts=("${mount:-${TASKFS_MOUNT:-}}")
    [[ -z ${mounts[0]} ]] || return
    _taskfs_read_mounts
    for point in "${mounts[@]}"; do
        if [[ $PWD/ == "$point"/* ]]; then
            mounts=("$point")
            return
        fi
    done
}

# The tasks of the mount. When there are several mounts, a task is offered as a path, MOUNT/ID,
# since an id alone would not say which mount is meant. A path that the user has begun is left to
# the shell.
_taskfs_ids() {
    local id point mounts=()
    [[ $plain != */* ]] || return
    _taskfs_find_mounts
    for point in "${mounts[@]}"; do
        while IFS= read -r id; do
            [[ $id == "$plain"* ]] || continue
            ((${#mounts[@]} == 1)) || id=$point/$id
            _taskfs_offer "$id"
        done < <(timeout 3 ls -U -- "$point" 2>/dev/null)
    done
}

# _taskfs_files TASK: names below the outputs or inputs of TASK, an id or a path.
_taskfs_files() {
    local base bases=() name mounts=() task=${1%/}
    declare -A offered=()
    # A path may lead to a file of the task; the next one is below the same folder.
    case $task in
    */outputs | */outputs/*)
        what=outputs
        task=${task%/outputs*}
        ;;
    */inputs | */inputs/*)
        what=inputs
        task=${task%/inputs*}
        ;;
    esac
    case $task in
    */*) bases=("$task/$what/") ;;
    *)
        _taskfs_find_mounts
        for base in "${mounts[@]}"; do
            bases+=("$base/$task/$what/")
        done
        ;;
    esac
    compopt -o filenames 2>/dev/null
    for base in "${bases[@]}"; do
        while IFS= read -rd '' name; do
            name=${name#"$base"}
            [[ $name != */ ]] || compopt -o nospace 2>/dev/null
            [[ -n ${offered[$name]:-} ]] || COMPREPLY+=("$name")
            offered[$name]=yes
        done < <(_taskfs_names "$base$plain")
    done
}

# _taskfs_scan OPTION...: sets $mount, $what, $named, $many and $operands from the words before the
# one that is completed. The OPTIONs are those that take a value; $with_value is set to them.
_taskfs_scan() {
    local i word plain quote only_operands=no
    with_value=" $* "
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $only_operands == yes || $word != -* ]]; then
            _taskfs_read "$word"
            operands+=("$plain")
            continue
        fi
        case $word in
        --) only_operands=yes ;;
        --inputs) what=inputs ;;
        --project | --status) many=yes ;;
        esac
        if [[ $with_value == *" $word "* ]]; then
            i=$((i + 1))
            # --option=value comes as three words
            [[ ${COMP_WORDS[i]:-} != = ]] || i=$((i + 1))
            if ((i < COMP_CWORD)); then
                _taskfs_read "${COMP_WORDS[i]}"
                case $word in
                -m | --mount) mount=$plain ;;
                -t | --task) named+=("$plain") ;;
                esac
            fi
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
    local cur=${COMP_WORDS[COMP_CWORD]} prev plain quote with_value
    # The mount, the archive, the tasks that -t names, whether whole groups of tasks are meant.
    local mount='' what=outputs named=() many=no operands=()
    COMPREPLY=()
    case ${COMP_WORDS[0]##*/} in
    taskfs-kill)
        _taskfs_scan -w --wait -m --mount
        _taskfs_complete '-y --yes -w --wait --all -m --mount -h --help'
        ;;
    taskfs-wait)
        _taskfs_scan -t --timeout -m --mount
        _taskfs_complete '-t --timeout --log --kill-on-interrupt -m --mount -h --help'
        ;;
    taskfs-download)
        _taskfs_scan -o --output-dir -t --task --project --status -m --mount --timeout \
            --cache-dir --disk-cache-size
        _taskfs_complete '-o --output-dir -t --task --project --status --inputs --outputs --std --zip
            -n --dry-run -w --wait --any-status -f --force -q --quiet --json -m --mount --timeout
            --cache-dir --disk-cache-size --cache-only -h --help -V --version'
        ;;
    taskfs-cache)
        _taskfs_scan --drop
        _taskfs_complete '--drop --drop-all --verify --json -h --help -V --version'
        ;;
    taskfs-list)
        _taskfs_scan -n --number -s --status -p --project -w --watch -m --mount
        _taskfs_complete '-n --number -s --status -p --project -w --watch -m --mount -h --help'
        ;;
    esac
}

# _taskfs_complete OPTIONS: offers what a companion takes here.
_taskfs_complete() {
    _taskfs_read "$cur"
    if [[ $with_value == *" $prev "* ]]; then
        _taskfs_value
    elif [[ $plain == -* ]]; then
        _taskfs_words "$1"
    else
        case ${COMP_WORDS[0]##*/} in
        taskfs-list) ;;
        taskfs-download) _taskfs_download ;;
        taskfs-cache) _taskfs_folders ;;
        *) _taskfs_ids ;;
        esac
    fi
}

# The value of the option $prev. A number, or the name of a project, is for the user to know; names
# of local files would mislead.
_taskfs_value() {
    case ${COMP_WORDS[0]##*/}:$prev in
    *:-m | *:--mount) _taskfs_mounts ;;
    *:-o | *:--output-dir) _taskfs_folders ;;
    *:-s | *:--status) _taskfs_words "$_taskfs_statuses" ;;
    taskfs-download:-t | taskfs-download:--task) _taskfs_ids ;;
    taskfs-cache:--drop) _taskfs_kept ;;
    *) compopt +o default 2>/dev/null ;;
    esac
}

# The tasks of the cache that is named, or of that of the environment, which the program itself
# knows.
_taskfs_kept() {
    local dir=${operands[0]:-${TASKFS_CACHE_DIR:-}} ids
    [[ -n $dir ]] || return
    ids=$("${COMP_WORDS[0]}" --json "$dir" 2>/dev/null | sed -n 's/.*"task":"\([A-Za-z0-9_-]*\)".*/\1/p')
    _taskfs_words "$ids"
}

# A task, or a file of the first task that was named. Names come from a mount, if there is one:
# nothing is asked of the service for them. A word with a slash is left to the shell where nothing
# is known, as it may lead into a mount; local names without one would mislead.
_taskfs_download() {
    local task=${named[0]:-${operands[0]:-}}
    if ((${#named[@]} == 0 && ${#operands[@]} == 0)) && [[ $many == no ]]; then
        _taskfs_ids
        return
    fi
    [[ $plain == */* ]] || compopt +o default 2>/dev/null
    if [[ $many == yes && ${#named[@]} == 0 ]]; then
        task=
    fi
    [[ -z $task || $task == - ]] || _taskfs_files "$task"
}

# taskfs itself: options, and after -o a list separated by commas, whose last part is completed.
_taskfs() {
    local cur=${COMP_WORDS[COMP_CWORD]} line=${COMP_LINE:0:COMP_POINT} word part before value plain quote
    local names='api_url= project= status= ttl= timeout= cache_size= cache_dir= disk_cache_size= offline ca_file= debug= ro noexec allow_other uid= gid= umask='
    COMPREPLY=()
    word=${line##* }
    if ! [[ $line =~ \ -o\ *[^\ ]*$ && $line != *' -o' ]]; then
        _taskfs_read "$cur"
        case $plain in
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
complete -o default -F _taskfs_companion taskfs-kill taskfs-wait taskfs-download taskfs-list taskfs-cache
