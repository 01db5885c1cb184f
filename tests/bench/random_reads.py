#!/usr/bin/python3
"""Reads 4 KiB at random places of a file that the page cache holds nothing of, one after another.

usage: random_reads.py FILE COUNT SEED

Prints the seconds of each read, one a line. The file must have been read once to its end, so that
a filesystem that remembers something for this has had its chance. A process of its own, so that a
filesystem that hangs can be left.
"""
import os
import random
import sys
import time

PAGE = 4096


def main():
    path, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    fd = os.open(path, os.O_RDONLY)
    pages = os.fstat(fd).st_size // PAGE
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
    for page in random.Random(seed).sample(range(pages), count):
        started = time.perf_counter()
        data = os.pread(fd, PAGE, page * PAGE)
        seconds = time.perf_counter() - started
        if len(data) != PAGE:
            sys.exit(f"a read at {page * PAGE} gave {len(data)} bytes")
        print(f"{seconds:.7f}")


if __name__ == "__main__":
    main()
