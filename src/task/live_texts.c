#include "task/live_texts.h"

#include "base/lock.h"
#include "task/live_internal.h"

void live_texts_init(struct live_texts *texts, size_t most)
{
    pthread_mutex_init(&texts->lock, NULL);
    list_init(&texts->files);
    texts->most = most;
    texts->bytes = 0;
}

void live_texts_destroy(struct live_texts *texts)
{
    pthread_mutex_destroy(&texts->lock);
}

void live_texts_note(struct live_texts *texts, struct live_file *file, size_t before, size_t bytes)
{
    LOCKED(&texts->lock);
    texts->bytes = texts->bytes - before + bytes;
    list_del(&file->in_texts);
    if (bytes)
        list_add(&texts->files, &file->in_texts);
}

void live_texts_touch(struct live_texts *texts, struct live_file *file)
{
    LOCKED(&texts->lock);
    if (list_empty(&file->in_texts))
        return;
    list_del(&file->in_texts);
    list_add(&texts->files, &file->in_texts);
}

/* Where the text is that goes first. */
struct victim {
    uint32_t live;                /* the number of its task's live files */
    const struct live_file *file; /* to be compared alone: it can be gone */
};

/* Returns 0 when none has to go. */
static int find_victim(struct live_texts *texts, struct victim *victim)
{
    const struct live_file *file;

    LOCKED(&texts->lock);
    if (texts->bytes <= texts->most || texts->files.next == texts->files.prev)
        return 0;
    file = container_of(texts->files.next, struct live_file, in_texts);
    *victim = (struct victim){file->live->identity.number, file};
    return 1;
}

static void drop_text(struct live *live, const struct live_file *file)
{
    LOCKED(&live->lock);
    for (uint32_t i = 1; i < live->node_count; i++)
        if (live->nodes[i]->file == file)
            live_file_drop(live->nodes[i]->file);
}

void live_texts_trim(struct tasks *tasks)
{
    struct victim victim;

    while (find_victim(&tasks->live_texts, &victim)) {
        struct identity *identity = identities_find(&tasks->identities, victim.live);

        if (!identity)
            return; /* its files are being freed */
        drop_text(live_of(identity), victim.file);
        identity_unref(identity);
    }
}
