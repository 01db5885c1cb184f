/* What is known of one file on a running machine, and asking for more of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/lock.h"
#include "base/log.h"
#include "task/live_internal.h"

#define STEPS_MAX   32u          /* answers in one fetch */
#define TRIES_MAX   10u          /* of them, that it is no text */
#define TRIES_KNOWN 2u           /* the same, of a file that was a text before */
#define IDLE_MS     8000         /* without a look, until the bytes are dropped */
#define CONTENT_MS  5000         /* how old it may be that the content cannot be had */
#define VERIFY_RATE (256u << 10) /* bytes a second that whole files are read again by */
#define VERIFY_MS   1000         /* and not more often */

static void on_answer(struct machine_request *request, int error);

struct live_file *live_file_of(struct live *live, struct live_node *node)
{
    struct live_file *file = node->file;

    if (file)
        return file;
    file = calloc(1, sizeof(*file));
    if (!file)
        return NULL;
    file->live = live;
    file->node = node;
    file->asked_at = file->known_at = file->whole_at = LIVE_NEVER;
    file->look = LIVE_LINES_LOOK;
    single_flight_init(&file->asking);
    list_init(&file->in_texts);
    node->file = file;
    return file;
}

static struct cache *cache_of(const struct live_file *file)
{
    return file->live->tasks->config.archive.object.cache;
}

/* The cache's budget knows what the bytes take. */
static void charge(struct live_file *file)
{
    size_t bytes = file->text.bytes.capacity;

    if (!cache_of(file) || bytes == file->charged)
        return;
    live_texts_note(&file->live->tasks->live_texts, file, file->charged, bytes);
    if (bytes > file->charged)
        cache_charge(cache_of(file), bytes - file->charged);
    else
        cache_discharge(cache_of(file), file->charged - bytes);
    file->charged = bytes;
}

void live_file_free(struct live_file *file)
{
    live_text_free(&file->text);
    charge(file);
    buf_free(&file->json);
    free(file);
}

int live_file_sweep(struct live_file *file, int64_t now)
{
    if (single_flight_is_up(&file->asking))
        return 1;
    if (!file->is_known || file->text.is_dropped)
        return 0;
    if (now - file->looked_at < IDLE_MS)
        return 1;
    live_file_drop(file);
    return 0;
}

void live_file_drop(struct live_file *file)
{
    live_text_drop(&file->text);
    charge(file);
}

/* ---- what is asked for ---- */

/* Lines that are certain to be more than the file has, as it was when it was seen last. */
static unsigned lines_of_all(const struct live_file *file)
{
    size_t lines = file->text.lines + file->text.lines / 4 + 1000;

    if (!file->is_known || lines < LIVE_LINES_FIRST)
        return LIVE_LINES_FIRST;
    return lines > LIVE_TEXT_MAX ? LIVE_TEXT_MAX : (unsigned)lines;
}

/* Whether its whole has to be looked at again, when somebody may begin to read it. */
static int is_to_be_verified(const struct live_file *file, int64_t now)
{
    int64_t least = (int64_t)(file->text.len / VERIFY_RATE) * 1000;

    return now - file->whole_at >= (least > VERIFY_MS ? least : VERIFY_MS);
}

static int ask(struct live_file *file)
{
    BUF_SCOPED path = BUF_INIT(TRACKER_PATH_MAX + 1);
    int rc;

    live_node_path(file->live, file->node, &path);
    buf_free(&file->json);
    file->json = BUF_INIT(8 * TRACKER_PATH_MAX);
    rc = path.error ? path.error : tracker_put_tail(&file->json, path.data, file->lines);
    if (rc)
        return rc;
    file->request.json = file->json.data;
    file->request.done = on_answer;
    return machine_ask(file->live->machine, &file->request);
}

static int start_fetch(void *arg)
{
    struct live_file *file = arg;
    int rc;

    file->is_whole = !file->is_known || file->text.is_dropped || file->text.len <= LIVE_SMALL ||
                     file->wants_whole;
    file->wants_whole = 0;
    file->lines = file->is_whole ? lines_of_all(file) : file->look;
    file->refusals = file->proven = file->steps = 0;
    rc = ask(file);
    if (!rc)
        identity_ref(&file->live->identity);
    return rc;
}

/* ---- what is answered ---- */

/*
 * The answer was that it is no text: it may be one that was cut within a character, as the machine
 * reads blocks from the end of the file, so many that they have the lines. Other lines begin in
 * another block. Returns 1 when they are asked for.
 */
static int ask_for_others(struct live_file *file)
{
    if (!file->is_whole) { /* looking: the whole begins at a character */
        file->is_whole = 1;
        file->lines = lines_of_all(file);
        return 1;
    }
    if (++file->refusals > (file->is_known ? TRIES_KNOWN : TRIES_MAX))
        return 0;
    file->lines -= file->proven ? file->lines / 8 + 1 : (file->lines + 1) / 2;
    return file->lines > file->proven;
}

/* All lines that were asked for came, so there are more. Returns 0 when these are asked for, or
 * -EFBIG. */
static int ask_for_more(struct live_file *file, size_t bytes)
{
    file->proven = file->lines;
    file->lines = live_text_next_step(file->lines, bytes);
    return file->lines ? 0 : -EFBIG;
}

static void note_change(struct live_file *file, int change)
{
    if (change == LIVE_GROWN || change == LIVE_REWRITTEN)
        file->mtime = clock_wall_ns();
    charge(file);
}

/* The answer is the whole file. Returns 0; or -ENOMEM, and what is known stays as it was, as the
 * readers of an old file must never see a new one. */
static int take_whole(struct live_file *file, struct buf *bytes, size_t lines)
{
    size_t before = file->text.len;
    int change = file->is_known ? live_text_compare_whole(&file->text, bytes) : LIVE_GROWN;

    if (change == LIVE_REWRITTEN && file->told && live_node_replace(file->live, file->node))
        return -ENOMEM;
    if (change == LIVE_REWRITTEN)
        file->told = file->noticed = 0;
    live_text_take_whole(&file->text, bytes, lines);
    if (change == LIVE_GROWN && file->is_known && file->text.len == before)
        change = LIVE_SAME; /* bytes that had been dropped */
    file->is_known = 1;
    file->whole_at = file->request.asked_at;
    note_change(file, change);
    return 0;
}

/* The answer is the end of a file that is known. Returns 1 when more has to be asked for. */
static int take_look(struct live_file *file, const struct buf *bytes, size_t lines)
{
    size_t before = file->text.lines;
    int change = live_text_take_tail(&file->text, bytes, lines);

    if (change == LIVE_UNSURE || change < 0) {
        if (file->look < LIVE_LINES_MOST)
            file->look *= 4;
        file->is_whole = 1;
        file->lines = lines_of_all(file);
        return 1;
    }
    note_change(file, change);
    if ((file->text.lines - before) * 8 < file->look && file->look > LIVE_LINES_LOOK)
        file->look /= 2;
    return 0;
}

/* Returns 1 when there is more to ask for; else 0, or the failure. */
static int take_answer(struct live_file *file, int error, struct buf *bytes, size_t lines)
{
    int rc;

    if (error == -ENODATA) { /* an empty file is not answered for */
        buf_free(bytes);
        return take_whole(file, bytes, 0);
    }
    if (error == -EILSEQ)
        return ask_for_others(file) ? 1 : error;
    if (error)
        return error;
    if (lines < file->lines)
        return take_whole(file, bytes, lines);
    if (!file->is_whole)
        return take_look(file, bytes, lines);
    rc = ask_for_more(file, bytes->len);
    return rc ? rc : 1;
}

static void log_failure(const struct live_file *file, int error, const char *why)
{
    BUF_SCOPED path = BUF_INIT(TRACKER_PATH_MAX + 1);
    BUF_SCOPED shown = BUF_INIT(4 * TRACKER_PATH_MAX);

    if (!error || error == file->error || error == -ECANCELED || error == -ENOENT ||
        error == -EHOSTUNREACH || error == -ENOPKG)
        return; /* known; or logged where it came from */
    if (error == -EILSEQ && file->is_known)
        return; /* half a character, which is about to be completed */
    live_node_path(file->live, file->node, &path);
    escape_append(&shown, path.data ? path.data : "", path.len, 0);
    if (error == -EILSEQ)
        why = "it is not a text file in UTF-8, and the machine gives no others; it will be in "
              "outputs/";
    else if (error == -EFBIG)
        why = "it is longer than 64 MiB, the most that is asked for; it will be in outputs/";
    if (!why[0])
        why = strerror(-error);
    log_warn("cannot read '%s' on the machine of task '%s': %s", shown.data ? shown.data : "",
             file->live->id, why);
}

/* Asks for more. Returns 1 when the fetch goes on, or the failure. */
static int ask_again(struct live_file *file)
{
    int rc = ++file->steps < STEPS_MAX ? ask(file) : -EIO;

    return rc ? rc : 1;
}

/* With the lock held. Returns 1 when the fetch goes on. */
static int land(struct live_file *file, int error, struct buf *bytes, size_t lines, const char *why)
{
    int rc = take_answer(file, error, bytes, lines);

    if (rc == 1)
        rc = ask_again(file);
    if (rc == 1)
        return 1;
    log_failure(file, rc, why);
    file->error = rc;
    file->asked_at = rc ? clock_ms() : file->request.asked_at;
    if (!rc)
        file->known_at = file->asked_at;
    if (rc == -ENOMEM)
        file->asked_at = LIVE_NEVER;
    single_flight_land(&file->asking, rc == -ENOMEM ? rc : 0);
    return 0;
}

static void on_answer(struct machine_request *request, int error)
{
    struct live_file *file = container_of(request, struct live_file, request);
    struct live *live = file->live;
    struct buf bytes = BUF_INIT(LIVE_TEXT_MAX);
    char why[TRACKER_WHY_MAX > MACHINE_WHY_MAX ? TRACKER_WHY_MAX : MACHINE_WHY_MAX];
    size_t lines = 0;
    int goes_on;

    strcpy(why, request->why);
    if (!error)
        error = tracker_tail_decode(request->answer.data ? request->answer.data : "",
                                    request->answer.len, &bytes, &lines, why);
    if (error == -EPROTO)
        error = -EIO;
    buf_free(&request->answer);
    pthread_mutex_lock(&live->lock);
    goes_on = land(file, error, &bytes, lines, why);
    live_start_sweep(live);
    pthread_mutex_unlock(&live->lock);
    buf_free(&bytes);
    live_texts_trim(live->tasks);
    if (!goes_on)
        identity_unref(&live->identity);
}

int live_file_refresh(struct live_file *file, struct op *op, int64_t since, int wants_bytes,
                      int by_name)
{
    int is_here = !wants_bytes || (file->is_known && !file->text.is_dropped);
    int64_t now = clock_ms();

    /* A failure is for those who have waited for it. One that lies in the content stands longer,
     * but where it may be a character that is about to be completed. */
    if (file->error && !live_is_about_content(file->error))
        since = op->started;
    else if (file->error && !file->is_known)
        since = op->started - CONTENT_MS;
    file->looked_at = now;
    if (file->asked_at >= since && (file->error || is_here))
        return file->error;
    if (by_name && is_to_be_verified(file, now))
        file->wants_whole = 1;
    return single_flight_join(&file->asking, op, start_fetch, file);
}
