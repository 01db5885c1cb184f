#include "task/verb.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define WORDS_MAX 3

struct word {
    const char *text;
    size_t len;
};

static unsigned split_words(const char *line, size_t len, struct word *words)
{
    unsigned count = 0;
    size_t at = 0;

    while (at < len && count < WORDS_MAX) {
        size_t start;

        while (at < len && isspace((unsigned char)line[at]))
            at++;
        start = at;
        while (at < len && !isspace((unsigned char)line[at]))
            at++;
        if (at > start)
            words[count++] = (struct word){line + start, at - start};
    }
    return count;
}

static int is_word(const struct word *word, const char *text)
{
    return word->len == strlen(text) && memcmp(word->text, text, word->len) == 0;
}

static int parse_seconds(const struct word *word, int64_t *seconds)
{
    int64_t n = 0;

    for (size_t i = 0; i < word->len; i++) {
        if (!isdigit((unsigned char)word->text[i]))
            return -EINVAL;
        n = n * 10 + (word->text[i] - '0');
        if (n > VERB_SECONDS_MAX)
            return -EINVAL;
    }
    *seconds = n;
    return 0;
}

static int refuse_word(const struct word *word, const char *what, char *why, size_t why_size)
{
    int len = word->len > 40 ? 40 : (int)word->len;

    snprintf(why, why_size, "%s: '%.*s'; the verbs are: kill [SECONDS], wait [SECONDS], refresh",
             what, len, word->text);
    return -EINVAL;
}

int verb_parse(const char *line, size_t len, enum verb *verb, int64_t *seconds, char *why,
               size_t why_size)
{
    struct word words[WORDS_MAX];
    unsigned count = split_words(line, len, words), most = 2;

    *seconds = VERB_NO_SECONDS;
    *verb = VERB_NONE;
    if (!count)
        return 0;
    if (is_word(&words[0], "kill")) {
        *verb = VERB_KILL;
    } else if (is_word(&words[0], "wait")) {
        *verb = VERB_WAIT;
    } else if (is_word(&words[0], "refresh")) {
        *verb = VERB_REFRESH;
        most = 1;
    } else {
        return refuse_word(&words[0], "unknown verb", why, why_size);
    }
    if (count > most)
        return refuse_word(&words[most], "a word too many", why, why_size);
    if (count == 2 && parse_seconds(&words[1], seconds))
        return refuse_word(&words[1], "not a number of seconds", why, why_size);
    return 0;
}
