#include "zip/entry.h"

const char *zip_problem_text(enum zip_problem problem)
{
    switch (problem) {
    case ZIP_OK:
        return "no problem";
    case ZIP_NAME_EMPTY:
        return "the name is empty";
    case ZIP_NAME_DOTS:
        return "a part of the name is empty, '.' or '..'";
    case ZIP_NAME_ABSOLUTE:
        return "the name begins with '/'";
    case ZIP_NAME_NUL:
        return "the name holds a NUL byte";
    case ZIP_NAME_TOO_LONG:
        return "the name, or a part of it, is too long";
    case ZIP_BAD_OFFSET:
        return "it lies outside of the archive, or reaches beyond its end";
    case ZIP_BAD_SIZE:
        return "its sizes are impossible";
    }
    return "unknown problem";
}
