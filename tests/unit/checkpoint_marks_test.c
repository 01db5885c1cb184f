#include "member/checkpoint_marks.h"

#include <stdlib.h>

#include "test.h"

TEST(checkpoint_marks_of_nothing)
{
    struct checkpoint_marks marks = {.words = NULL};

    CHECK_EQ(checkpoint_marks_before(&marks, 0), 0);
    CHECK_EQ(checkpoint_marks_before(&marks, UINT64_MAX), 0);
    CHECK_EQ(checkpoint_marks_next(&marks), 0);
    CHECK_EQ(checkpoint_marks_memory(&marks), 0);
    checkpoint_marks_clear(&marks, 1000);
    checkpoint_marks_free(&marks);
}

TEST(checkpoint_marks_before_a_number)
{
    static const uint64_t numbers[] = {1, 2, 63, 64, 65, 127, 128, 5000, 100000};
    const size_t count = sizeof(numbers) / sizeof(numbers[0]);
    struct checkpoint_marks marks = {.words = NULL};

    for (size_t i = 0; i < count; i++)
        CHECK_EQ(checkpoint_marks_set(&marks, numbers[i]), 0);
    for (size_t i = 0; i < count; i++) {
        uint64_t below = i ? numbers[i - 1] : 0;

        CHECK_EQ(checkpoint_marks_before(&marks, numbers[i]), numbers[i]);
        CHECK_EQ(checkpoint_marks_before(&marks, numbers[i] - 1), below);
        CHECK_EQ(checkpoint_marks_before(&marks, numbers[i] + 1),
                 i + 1 < count && numbers[i + 1] == numbers[i] + 1 ? numbers[i] + 1 : numbers[i]);
    }
    CHECK_EQ(checkpoint_marks_before(&marks, UINT64_MAX), 100000);
    for (size_t i = count; i-- > 0;) {
        checkpoint_marks_clear(&marks, numbers[i]);
        CHECK_EQ(checkpoint_marks_before(&marks, UINT64_MAX), i ? numbers[i - 1] : 0);
    }
    checkpoint_marks_free(&marks);
}

/* Those of 50 GB. */
TEST(checkpoint_marks_take_little_memory)
{
    struct checkpoint_marks marks = {.words = NULL};

    for (uint64_t i = 1; i <= 100000; i++)
        CHECK_EQ(checkpoint_marks_set(&marks, i), 0);
    CHECK(checkpoint_marks_memory(&marks) < 20000);
    checkpoint_marks_free(&marks);
}

TEST(checkpoint_marks_go_round)
{
    static const uint64_t numbers[] = {3, 64, 700};
    struct checkpoint_marks marks = {.words = NULL};

    for (int i = 0; i < 3; i++)
        CHECK_EQ(checkpoint_marks_set(&marks, numbers[i]), 0);
    for (int i = 0; i < 7; i++)
        CHECK_EQ(checkpoint_marks_next(&marks), numbers[i % 3]);
    checkpoint_marks_clear(&marks, 64);
    CHECK_EQ(checkpoint_marks_next(&marks), 700);
    CHECK_EQ(checkpoint_marks_next(&marks), 3);
    CHECK_EQ(checkpoint_marks_next(&marks), 700);
    checkpoint_marks_clear(&marks, 3);
    checkpoint_marks_clear(&marks, 700);
    CHECK_EQ(checkpoint_marks_next(&marks), 0);
    checkpoint_marks_free(&marks);
}
