#include "api/mailbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/json.h"
#include "api/json_text.h"

static void put_member(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "%s\"%s\": ", out->len ? ", " : "{", name);
    json_put_bytes(out, value, strlen(value));
}

void mailbox_put_register(struct buf *out, const char *sender)
{
    put_member(out, "sender_id", sender);
    buf_putc(out, '}');
}

void mailbox_put_offer(struct buf *out, const char *sender, const char *receiver, const char *sdp)
{
    put_member(out, "sender_id", sender);
    put_member(out, "receiver_id", receiver);
    put_member(out, "type", "offer");
    put_member(out, "sdp", sdp);
    buf_putc(out, '}');
}

int mailbox_answer_decode(const char *json, size_t len, char **sdp, char *why, size_t why_size)
{
    struct json_where where = json_where(why, why_size);
    JSON_SCOPED *root = NULL;
    struct json_object *type;
    int rc = json_parse(json, len, &root, &where);

    *sdp = NULL;
    if (rc)
        return rc;
    if (!json_object_is_type(root, json_type_object))
        return json_refuse(&where, "the message", "is not an object");
    type = json_take(root, "type", json_type_string);
    if (!type)
        return json_refuse(&where, "type", "is missing or not a string");
    if (strcmp(json_object_get_string(type), "answer") != 0)
        return -EAGAIN;
    rc = json_need_string(root, "sdp", &where, sdp);
    if (!rc && strlen(*sdp) > MAILBOX_SDP_MAX) {
        free(*sdp);
        *sdp = NULL;
        return json_refuse(&where, "sdp", "is too long");
    }
    return rc;
}
