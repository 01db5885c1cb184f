# shellcheck shell=bash
# For tests of taskfs-cache, after lib.sh.
TASKFS_CACHE=$(dirname "$TASKFS")/taskfs-cache
unset TASKFS_CACHE_DIR

# cache ARGUMENT...: its exit status is in $code, what it wrote in $out and $err.
cache() {
    code=0
    "${prefix[@]}" "$TASKFS_CACHE" "$@" >"$work/out" 2>"$work/err" || code=$?
    out=$(<"$work/out") err=$(<"$work/err")
}

# of_task ID FILTER: what the cache in $work/cache has of a task, by jq.
of_task() {
    "${prefix[@]}" "$TASKFS_CACHE" --json "$work/cache" | jq -r "select(.task == \"$1\") | $2"
}
