#include "kernel/handles.h"

#include "base/lock.h"

void handles_init(struct handles *handles)
{
    pthread_mutex_init(&handles->lock, NULL);
    list_init(&handles->open);
}

void handle_open(struct handles *handles, struct handle *handle)
{
    LOCKED(&handles->lock);
    list_add(&handles->open, &handle->link);
}

void handle_close(struct handles *handles, struct handle *handle)
{
    pthread_mutex_lock(&handles->lock);
    list_del(&handle->link);
    pthread_mutex_unlock(&handles->lock);
    handle->close(handle);
}

void handles_close_all(struct handles *handles)
{
    while (!list_empty(&handles->open))
        handle_close(handles, container_of(handles->open.next, struct handle, link));
}
