#include "api/json_scan.h"

#include <stdint.h>
#include <string.h>

struct scan {
    const char *text;
    size_t len;
    size_t at;
    const char *problem; /* the first one; NULL none */
    size_t problem_at;
    unsigned depth; /* containers that are open */
    unsigned depth_max;
    uint64_t objects; /* bit N: the container at depth N is an object, else an array */
};

/* Returns the next byte, or NUL at the end; a NUL in the text is refused wherever it is met. */
static char next_byte(const struct scan *scan)
{
    return scan->at < scan->len ? scan->text[scan->at] : '\0';
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void scan_fail(struct scan *scan, const char *problem)
{
    if (scan->problem)
        return;
    scan->problem = scan->at < scan->len ? problem : "it ends too early";
    scan->problem_at = scan->at;
}

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->len && strchr(" \t\n\r", scan->text[scan->at]) && scan->text[scan->at])
        scan->at++;
}

/* Takes the byte `c`, if it is next. */
static int accept_byte(struct scan *scan, char c)
{
    if (scan->at >= scan->len || scan->text[scan->at] != c)
        return 0;
    scan->at++;
    return 1;
}

static void scan_escape(struct scan *scan)
{
    char c = next_byte(scan);

    if (!c || !strchr("\"\\/bfnrtu", c)) {
        scan_fail(scan, "an unknown escape");
        return;
    }
    scan->at++;
    for (int digits = 0; c == 'u' && digits < 4; digits++) {
        char digit = next_byte(scan);

        if (!digit || !strchr("0123456789abcdefABCDEF", digit)) {
            scan_fail(scan, "an unknown escape");
            return;
        }
        scan->at++;
    }
}

static void scan_string(struct scan *scan)
{
    if (!accept_byte(scan, '"'))
        scan_fail(scan, "no string in double quotes");
    while (!scan->problem && !accept_byte(scan, '"')) {
        if (!next_byte(scan))
            scan_fail(scan, "a NUL");
        else if (accept_byte(scan, '\\'))
            scan_escape(scan);
        else
            scan->at++;
    }
}

static void scan_digits(struct scan *scan)
{
    if (!is_digit(next_byte(scan)))
        scan_fail(scan, "no digit");
    while (is_digit(next_byte(scan)))
        scan->at++;
}

/* Without its sign. */
static void scan_number(struct scan *scan)
{
    if (!accept_byte(scan, '0'))
        scan_digits(scan);
    else if (is_digit(next_byte(scan)))
        scan_fail(scan, "a leading zero");
    if (accept_byte(scan, '.'))
        scan_digits(scan);
    if (accept_byte(scan, 'e') || accept_byte(scan, 'E')) {
        if (!accept_byte(scan, '+'))
            accept_byte(scan, '-');
        scan_digits(scan);
    }
}

static int accept_word(struct scan *scan, const char *word)
{
    size_t len = strlen(word);

    if (scan->len - scan->at < len || memcmp(scan->text + scan->at, word, len) != 0)
        return 0;
    scan->at += len;
    return 1;
}

/* A value that is neither an object nor an array. */
static void scan_plain_value(struct scan *scan)
{
    static const char *const words[] = {"true", "false", "null", "NaN", "Infinity", "-Infinity"};

    if (next_byte(scan) == '"') {
        scan_string(scan);
        return;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (accept_word(scan, words[i]))
            return;
    if (next_byte(scan) != '-' && !is_digit(next_byte(scan)))
        scan_fail(scan, "no value");
    accept_byte(scan, '-');
    if (!scan->problem)
        scan_number(scan);
}

static int is_in_object(const struct scan *scan)
{
    return (int)(scan->objects >> (scan->depth - 1) & 1);
}

static void scan_name(struct scan *scan)
{
    skip_space(scan);
    scan_string(scan);
    skip_space(scan);
    if (!scan->problem && !accept_byte(scan, ':'))
        scan_fail(scan, "no colon after a name");
}

/* Opens a container. Returns 1 when it has an item; its name, of an object, is taken then. */
static int open_container(struct scan *scan, int is_object)
{
    if (scan->depth == scan->depth_max) {
        scan_fail(scan, "too many levels");
        return 0;
    }
    scan->at++;
    scan->objects &= ~(UINT64_C(1) << scan->depth);
    scan->objects |= (uint64_t)is_object << scan->depth;
    scan->depth++;
    skip_space(scan);
    if (accept_byte(scan, is_object ? '}' : ']')) {
        scan->depth--;
        return 0;
    }
    if (is_object)
        scan_name(scan);
    return 1;
}

/* After a value: closes the containers that end here. Returns 1 when another value follows. */
static int close_containers(struct scan *scan)
{
    for (;;) {
        skip_space(scan);
        if (scan->problem || !scan->depth)
            return 0;
        if (accept_byte(scan, ',')) {
            if (is_in_object(scan))
                scan_name(scan);
            return 1;
        }
        if (!accept_byte(scan, is_in_object(scan) ? '}' : ']')) {
            scan_fail(scan, "no comma after a value");
            return 0;
        }
        scan->depth--;
    }
}

/* The next value; of a container that has items, its beginning alone. Returns 1 then. */
static int begin_value(struct scan *scan)
{
    char c;

    skip_space(scan);
    c = next_byte(scan);
    if (c == '{' || c == '[')
        return open_container(scan, c == '{');
    scan_plain_value(scan);
    return 0;
}

const char *json_scan(const char *text, size_t len, unsigned depth, size_t *at)
{
    struct scan scan = {.text = text, .len = len, .depth_max = depth};

    while (!scan.problem && (begin_value(&scan) || close_containers(&scan)))
        ;
    if (!scan.problem && scan.at < len)
        scan_fail(&scan, "more after the value");
    *at = scan.problem_at;
    return scan.problem;
}
