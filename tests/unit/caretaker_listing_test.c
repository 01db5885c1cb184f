#include "caretaker/listing.h"

#include "test.h"

static struct inventory_account accounts[] = {
    {"0000000000000001", (char *)"http://a"},
    {"0000000000000002", (char *)"http://a"},
    {"0000000000000003", NULL},
};

#define SECOND INT64_C(1000000000)

static struct inventory_task tasks[4];
static struct inventory inventory;

/* The inventory of one task, `one`, of which little is known. */
static void begin(void)
{
    memset(tasks, 0, sizeof(tasks));
    tasks[0] = (struct inventory_task){.id = (char *)"one", .disk = 4096, .used = SECOND};
    tasks[0].has_summary = 1;
    inventory = (struct inventory){
        .accounts = accounts, .account_count = 3, .tasks = tasks, .task_count = 1, .disk = 4096};
}

/* The line of the listing; 0 is the heading, -1 the total. Valid until the next call. */
static const char *line(int number, int64_t now)
{
    static char text[600];
    BUF_SCOPED out = BUF_INIT(100000);
    const char *at, *stop;

    listing_put(&out, &inventory, now);
    if (out.error)
        return "(no memory)";
    if (number < 0)
        for (at = out.data, stop = at; (at = strchr(at, '\n')) && at[1]; at++)
            stop = at + 1;
    else
        for (stop = out.data; number; number--)
            stop = strchr(stop, '\n') + 1;
    snprintf(text, sizeof(text), "%.*s", (int)strcspn(stop, "\n"), stop);
    return text;
}

TEST(caretaker_listing_of_one_task)
{
    begin();
    CHECK_STR(line(0, SECOND), "TASK  ON DISK    USED    HERE");
    CHECK_STR(line(1, SECOND), "one   4.10 KB    0 s     summary only");
    CHECK_STR(line(2, SECOND), "1 task, 4.10 KB");
    tasks[0].has_details = 1;
    CHECK_STR(line(1, 60 * SECOND), "one   4.10 KB    59 s    details only");
    CHECK_STR(line(1, 61 * SECOND), "one   4.10 KB    1 min   details only");
    CHECK_STR(line(1, 7201 * SECOND), "one   4.10 KB    2 h     details only");
    CHECK_STR(line(1, 86401 * 3 * SECOND), "one   4.10 KB    3 d     details only");
    CHECK_STR(line(1, 0), "one   4.10 KB    0 s     details only");
}

TEST(caretaker_listing_of_archives)
{
    begin();
    tasks[0].archives[0] = (struct inventory_archive){1, 1000, 999};
    tasks[0].archives[1] = (struct inventory_archive){1, 0, 0};
    CHECK_STR(strstr(line(1, SECOND), "out"),
              "outputs 999 B of 1.00 KB (99%), inputs 0 B of 0 B (100%)");
    tasks[0].archives[0] = (struct inventory_archive){1, UINT64_MAX, UINT64_MAX - 1};
    tasks[0].archives[1].is_there = 0;
    CHECK(strstr(line(1, SECOND), "(99%)"));
    tasks[0].archives[0].kept = UINT64_MAX;
    CHECK(strstr(line(1, SECOND), "(100%)"));
    tasks[0].archives[0].kept = 0;
    CHECK(strstr(line(1, SECOND), "(0%)"));
}

TEST(caretaker_listing_escapes_ids)
{
    begin();
    tasks[0].id = (char *)"a\33[2J\nb";
    CHECK_EQ(strncmp(line(1, 0), "a\\x1B[2J\\nb", 11), 0);
}

TEST(caretaker_listing_names_services_where_there_are_several)
{
    begin();
    tasks[1] = tasks[2] = tasks[0];
    tasks[1].account = 1;
    tasks[2].account = 2;
    inventory.task_count = 3;
    inventory.disk = 3 * 4096 + 50;
    CHECK_STR(line(1, 0), "http://a (account 0000000000000001):");
    CHECK_STR(line(3, 0), "http://a (account 0000000000000002):");
    CHECK_STR(line(5, 0), "unknown service (account 0000000000000003):");
    CHECK_STR(line(-1, 0), "3 tasks, 12.34 KB, of which 50 B are of no task");
}

TEST(caretaker_listing_of_nothing)
{
    begin();
    inventory.task_count = 0;
    inventory.disk = 0;
    CHECK_STR(line(0, 0), "0 tasks, 0 B");
}

TEST(caretaker_listing_of_what_was_checked)
{
    BUF_SCOPED out = BUF_INIT(1000);

    begin();
    tasks[0].check = (struct disk_check){.pieces = 1};
    tasks[1] = (struct inventory_task){.check = {3, 2, 5000}};
    inventory.task_count = 2;
    CHECK_EQ(listing_damaged(&inventory), 2);
    listing_put_checked(&out, &inventory);
    CHECK_STR(out.data, "one: 1 piece, none damaged\n"
                        "of no known task: 2 of 3 pieces damaged (5.00 KB)\n"
                        "1 task: 2 of 4 pieces damaged (5.00 KB)\n");
}

TEST(caretaker_listing_in_json)
{
    BUF_SCOPED out = BUF_INIT(2000);

    begin();
    tasks[0].id = (char *)"a\"b";
    tasks[0].archives[1] = (struct inventory_archive){1, 10, 5};
    tasks[0].check = (struct disk_check){3, 1, 99};
    listing_put_json(&out, &inventory, 0);
    listing_put_json(&out, &inventory, 1);
    listing_put_dropped(&out, "x", 5, 1);
    CHECK_STR(
        out.data,
        "{\"account\":\"0000000000000001\",\"service\":\"http://a\",\"task\":\"a\\\"b\","
        "\"details\":\"summary\",\"disk\":4096,\"used\":1,\"inputs\":{\"bytes\":10,\"here\":5}}\n"
        "{\"account\":\"0000000000000001\",\"service\":\"http://a\",\"task\":\"a\\\"b\","
        "\"details\":\"summary\",\"disk\":4096,\"used\":1,\"inputs\":{\"bytes\":10,\"here\":5},"
        "\"result\":\"damaged\",\"pieces\":3,\"damaged\":1,\"damaged_bytes\":99}\n"
        "{\"result\":\"dropped\",\"task\":\"x\",\"disk\":5}\n");
}

TEST(caretaker_listing_of_what_was_dropped)
{
    BUF_SCOPED out = BUF_INIT(2000);

    listing_put_dropped(&out, "x\n", 5, 0);
    listing_put_dropped(&out, NULL, 5000, 0);
    CHECK_STR(out.data, "x\\n: dropped, 5 B\nall tasks: dropped, 5.00 KB\n");
}
