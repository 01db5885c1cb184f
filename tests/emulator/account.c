/* The calls about the service and the user: /version-check and /users/fees. */
#include "account.h"

#include "json_util.h"
#include "validate.h"

#include <stdlib.h>
#include <string.h>

#define SERVER_VERSION "1.0.0"

/* Consumes the next number of a version such as 0.18.12; returns 0 when there is none. */
static unsigned long next_number(const char **version)
{
    char *end;
    unsigned long number = strtoul(*version, &end, 10);

    end += strcspn(end, ".");
    *version = *end ? end + 1 : end;
    return number;
}

static bool is_older(const char *version, const char *minimum)
{
    while (*version || *minimum) {
        unsigned long have = next_number(&version), need = next_number(&minimum);

        if (have != need)
            return have < need;
    }
    return false;
}

void account_version(const char *minimum, const struct request *request, struct reply *reply)
{
    struct validation validation = {0};
    const char *version = validate_required(&validation, request, "client_version");
    struct json_object *answer;

    if (validate_failed(&validation, reply))
        return;
    if (minimum && is_older(version, minimum)) {
        reply_detail(reply, 406, "Client version %s is not supported: %s or newer is needed",
                     version, minimum);
        return;
    }
    answer = json_object_new_object();
    json_set_bool(answer, "is_valid", true);
    json_set_string(answer, "client_version", version);
    json_set_string(answer, "server_version", SERVER_VERSION);
    json_set_string(answer, "min_supported_client_version", minimum);
    reply_json(reply, 200, answer);
}

static void add_fee(struct json_object *fees, const char *name, double amount, const char *since,
                    const char *unit)
{
    struct json_object *fee = json_object_new_object();

    json_object_object_add(fee, "amount", json_decimal(amount));
    json_set_bool(fee, "active", since != NULL);
    json_set_string(fee, "active_since", since);
    json_set_string(fee, "unit", unit);
    json_object_object_add(fees, name, fee);
}

void account_fees(struct reply *reply)
{
    struct json_object *fees = json_object_new_object();

    add_fee(fees, "costs_fee_percentage", 0, NULL, "percentage");
    add_fee(fees, "task_orchestration_fee", 0.01, "2025-11-01T00:00:00.000000+00:00", "USD");
    reply_json(reply, 200, fees);
}
