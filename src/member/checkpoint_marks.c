#include "member/checkpoint_marks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORD_BITS 64u

void checkpoint_marks_free(struct checkpoint_marks *marks)
{
    free(marks->words);
    *marks = (struct checkpoint_marks){.words = NULL};
}

size_t checkpoint_marks_memory(const struct checkpoint_marks *marks)
{
    return (size_t)marks->word_count * sizeof(*marks->words);
}

/* Makes room for word `index`, and for half as much again. */
static int reach_word(struct checkpoint_marks *marks, uint64_t index)
{
    uint64_t count = index + index / 2 + 1;
    uint64_t *words;

    if (index < marks->word_count)
        return 0;
    if (count > SIZE_MAX / sizeof(*words))
        return -ENOMEM;
    words = realloc(marks->words, (size_t)count * sizeof(*words));
    if (!words)
        return -ENOMEM;
    memset(words + marks->word_count, 0, (size_t)(count - marks->word_count) * sizeof(*words));
    marks->words = words;
    marks->word_count = count;
    return 0;
}

int checkpoint_marks_set(struct checkpoint_marks *marks, uint64_t number)
{
    int rc = reach_word(marks, number / WORD_BITS);

    if (!rc)
        marks->words[number / WORD_BITS] |= UINT64_C(1) << number % WORD_BITS;
    return rc;
}

void checkpoint_marks_clear(struct checkpoint_marks *marks, uint64_t number)
{
    if (number / WORD_BITS < marks->word_count)
        marks->words[number / WORD_BITS] &= ~(UINT64_C(1) << number % WORD_BITS);
}

uint64_t checkpoint_marks_before(const struct checkpoint_marks *marks, uint64_t number)
{
    uint64_t index = number / WORD_BITS, bits;

    if (!marks->word_count)
        return 0;
    if (index >= marks->word_count) {
        index = marks->word_count - 1;
        bits = marks->words[index];
    } else {
        bits = marks->words[index] & UINT64_MAX >> (WORD_BITS - 1 - number % WORD_BITS);
    }
    while (!bits && index)
        bits = marks->words[--index];
    return bits ? index * WORD_BITS + (WORD_BITS - 1 - (unsigned)__builtin_clzll(bits)) : 0;
}

/* The smallest marked number above `number`; 0 when there is none. */
static uint64_t marks_after(const struct checkpoint_marks *marks, uint64_t number)
{
    uint64_t first = number + 1, index = first / WORD_BITS, bits;

    if (index >= marks->word_count)
        return 0;
    bits = marks->words[index] & UINT64_MAX << first % WORD_BITS;
    while (!bits && ++index < marks->word_count)
        bits = marks->words[index];
    return bits ? index * WORD_BITS + (unsigned)__builtin_ctzll(bits) : 0;
}

uint64_t checkpoint_marks_next(struct checkpoint_marks *marks)
{
    marks->hand = marks_after(marks, marks->hand);
    if (!marks->hand)
        marks->hand = marks_after(marks, 0);
    return marks->hand;
}
