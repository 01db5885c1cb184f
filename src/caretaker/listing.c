#include "caretaker/listing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/json_put.h"
#include "base/size.h"

#define ID_COLUMN_MAX 40 /* a longer id moves the other columns of its line */

static const char *const kind_names[INVENTORY_KINDS] = {"outputs", "inputs"};

/* ---- parts of lines ---- */

static void put_size(struct buf *out, uint64_t bytes)
{
    char text[SIZE_TEXT_MAX];

    size_text(bytes, text, sizeof(text));
    buf_puts(out, text);
}

static void put_escaped(struct buf *out, const char *text)
{
    escape_append(out, text, strlen(text), 0);
}

static void put_plural(struct buf *out, uint64_t count, const char *what)
{
    buf_printf(out, "%" PRIu64 " %s%s", count, what, count == 1 ? "" : "s");
}

/* Appends spaces until `from` is `width` bytes ago. */
static void pad(struct buf *out, size_t from, size_t width)
{
    while (!out->error && out->len < from + width)
        buf_putc(out, ' ');
}

static void put_age(struct buf *out, int64_t age)
{
    int64_t seconds = age > 0 ? age / 1000000000 : 0;

    if (seconds < 60)
        buf_printf(out, "%" PRId64 " s", seconds);
    else if (seconds < 3600)
        buf_printf(out, "%" PRId64 " min", seconds / 60);
    else if (seconds < 86400)
        buf_printf(out, "%" PRId64 " h", seconds / 3600);
    else
        buf_printf(out, "%" PRId64 " d", seconds / 86400);
}

/* 100 only for all of it. */
static unsigned percent(const struct inventory_archive *archive)
{
    if (archive->kept >= archive->size)
        return 100;
    return (unsigned)((double)archive->kept / (double)archive->size * 99.999);
}

static void put_what(struct buf *out, const struct inventory_task *task)
{
    const char *comma = "";

    for (unsigned kind = 0; kind < INVENTORY_KINDS; kind++) {
        const struct inventory_archive *archive = &task->archives[kind];

        if (!archive->is_there)
            continue;
        buf_printf(out, "%s%s ", comma, kind_names[kind]);
        put_size(out, archive->kept);
        buf_puts(out, " of ");
        put_size(out, archive->size);
        buf_printf(out, " (%u%%)", percent(archive));
        comma = ", ";
    }
    if (!*comma)
        buf_puts(out, task->has_details ? "details only" : "summary only");
}

/* ---- the table ---- */

static size_t id_width(const struct inventory *inventory)
{
    size_t width = 4;

    for (size_t i = 0; i < inventory->task_count; i++) {
        size_t len = inventory->tasks[i].id ? strlen(inventory->tasks[i].id) : 0;

        if (len > width && len <= ID_COLUMN_MAX)
            width = len;
    }
    return width;
}

static unsigned accounts_with_tasks(const struct inventory *inventory)
{
    unsigned count = 0;
    int64_t last = -1;

    for (size_t i = 0; i < inventory->task_count; i++) {
        if (inventory->tasks[i].id && inventory->tasks[i].account != last) {
            last = inventory->tasks[i].account;
            count++;
        }
    }
    return count;
}

/* Names the account: by its service, and where another account is of it too, its folder. */
static void put_account(struct buf *out, const struct inventory *inventory, unsigned which)
{
    const struct inventory_account *account = &inventory->accounts[which];
    int is_alone = account->service != NULL;

    for (size_t i = 0; i < inventory->account_count; i++)
        if (i != which && is_alone && inventory->accounts[i].service &&
            strcmp(inventory->accounts[i].service, account->service) == 0)
            is_alone = 0;
    put_escaped(out, account->service ? account->service : "unknown service");
    if (!is_alone)
        buf_printf(out, " (account %s)", account->name);
}

static void put_row(struct buf *out, const struct inventory_task *task, size_t width, int64_t now)
{
    size_t from = out->len;

    put_escaped(out, task->id);
    pad(out, from, width);
    from = out->len;
    buf_puts(out, "  ");
    put_size(out, task->disk);
    pad(out, from, 13);
    from = out->len;
    put_age(out, now - task->used);
    pad(out, from, 8);
    put_what(out, task);
    buf_putc(out, '\n');
}

static void put_total(struct buf *out, const struct inventory *inventory)
{
    uint64_t count = 0, bytes = 0;

    for (size_t i = 0; i < inventory->task_count; i++) {
        if (!inventory->tasks[i].id)
            continue;
        count++;
        bytes += inventory->tasks[i].disk;
    }
    put_plural(out, count, "task");
    buf_puts(out, ", ");
    put_size(out, inventory->disk);
    if (inventory->disk > bytes) {
        buf_puts(out, ", of which ");
        put_size(out, inventory->disk - bytes);
        buf_puts(out, " are of no task");
    }
    buf_putc(out, '\n');
}

void listing_put(struct buf *out, const struct inventory *inventory, int64_t now)
{
    int64_t last = -1, has_many = accounts_with_tasks(inventory) > 1;
    size_t width = id_width(inventory), from = out->len;

    if (accounts_with_tasks(inventory)) {
        buf_puts(out, "TASK");
        pad(out, from, width);
        buf_puts(out, "  ON DISK    USED    HERE\n");
    }
    for (size_t i = 0; i < inventory->task_count; i++) {
        const struct inventory_task *task = &inventory->tasks[i];

        if (!task->id)
            continue;
        if (has_many && task->account != last) {
            put_account(out, inventory, task->account);
            buf_puts(out, ":\n");
        }
        last = task->account;
        put_row(out, task, width, now);
    }
    put_total(out, inventory);
}

/* ---- what was checked ---- */

uint64_t listing_damaged(const struct inventory *inventory)
{
    uint64_t damaged = 0;

    for (size_t i = 0; i < inventory->task_count; i++)
        damaged += inventory->tasks[i].check.damaged;
    return damaged;
}

static void put_check(struct buf *out, const struct disk_check *check)
{
    if (!check->damaged) {
        put_plural(out, check->pieces, "piece");
        buf_puts(out, ", none damaged\n");
        return;
    }
    buf_printf(out, "%" PRIu64 " of ", check->damaged);
    put_plural(out, check->pieces, "piece");
    buf_puts(out, " damaged (");
    put_size(out, check->damaged_bytes);
    buf_puts(out, ")\n");
}

void listing_put_checked(struct buf *out, const struct inventory *inventory)
{
    struct disk_check all = {.pieces = 0};
    uint64_t count = 0;

    for (size_t i = 0; i < inventory->task_count; i++) {
        const struct inventory_task *task = &inventory->tasks[i];

        all.pieces += task->check.pieces;
        all.damaged += task->check.damaged;
        all.damaged_bytes += task->check.damaged_bytes;
        count += task->id != NULL;
        if (!task->id && !task->check.damaged)
            continue;
        put_escaped(out, task->id ? task->id : "of no known task");
        buf_puts(out, ": ");
        put_check(out, &task->check);
    }
    put_plural(out, count, "task");
    buf_puts(out, ": ");
    put_check(out, &all);
}

/* ---- JSON ---- */

static void put_name(struct buf *out, const char *name)
{
    buf_printf(out, ",\"%s\":", name);
}

static void put_number(struct buf *out, const char *name, uint64_t number)
{
    put_name(out, name);
    buf_printf(out, "%" PRIu64, number);
}

static void put_text(struct buf *out, const char *name, const char *text)
{
    put_name(out, name);
    json_put_string(out, text);
}

static void put_json_check(struct buf *out, const struct disk_check *check)
{
    put_text(out, "result", check->damaged ? "damaged" : "right");
    put_number(out, "pieces", check->pieces);
    put_number(out, "damaged", check->damaged);
    put_number(out, "damaged_bytes", check->damaged_bytes);
}

static void put_object(struct buf *out, const struct inventory *inventory,
                       const struct inventory_task *task, int is_checked)
{
    const struct inventory_account *account = &inventory->accounts[task->account];

    buf_puts(out, "{\"account\":");
    json_put_string(out, account->name);
    if (account->service)
        put_text(out, "service", account->service);
    if (task->id)
        put_text(out, "task", task->id);
    if (task->id)
        put_text(out, "details",
                 task->has_details   ? "all"
                 : task->has_summary ? "summary"
                                     : "none");
    put_number(out, "disk", task->disk);
    if (task->used > 0)
        put_number(out, "used", (uint64_t)task->used / 1000000000);
    for (unsigned kind = 0; kind < INVENTORY_KINDS; kind++) {
        const struct inventory_archive *archive = &task->archives[kind];

        if (archive->is_there)
            buf_printf(out, ",\"%s\":{\"bytes\":%" PRIu64 ",\"here\":%" PRIu64 "}",
                       kind_names[kind], archive->size, archive->kept);
    }
    if (is_checked)
        put_json_check(out, &task->check);
    buf_puts(out, "}\n");
}

void listing_put_json(struct buf *out, const struct inventory *inventory, int is_checked)
{
    for (size_t i = 0; i < inventory->task_count; i++)
        put_object(out, inventory, &inventory->tasks[i], is_checked);
}

void listing_put_dropped(struct buf *out, const char *id, uint64_t bytes, int is_json)
{
    if (is_json) {
        buf_puts(out, "{\"result\":\"dropped\"");
        if (id)
            put_text(out, "task", id);
        put_number(out, "disk", bytes);
        buf_puts(out, "}\n");
        return;
    }
    put_escaped(out, id ? id : "all tasks");
    buf_puts(out, ": dropped, ");
    put_size(out, bytes);
    buf_putc(out, '\n');
}
