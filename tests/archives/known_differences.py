"""Where mounted outputs differ from what unzip 6.00, 7zz and Python's zipfile unpack, and why.

Each reason is a row of "Differences from unzip, 7zz and zipfile" in docs/reliability.md. A path
stands for itself alone: not for what is below it.
"""
import io
import re
import subprocess
import zipfile

from builder import Member, archive, extra_unicode_path
from crafted_members import LZMA, XZ, libzip_reads

ALL = ("unzip", "7zz", "zipfile")
WHOLE = ("a.txt", "b", "b/c.txt")
KNOWN = {}      # (task, program): paths
REASONS = []


def because(reason, *cases):
    """Each case: a task, the programs that differ, and the paths, relative to outputs."""
    REASONS.append(reason)
    for task, programs, *paths in cases:
        for program in programs:
            KNOWN.setdefault((task, program), set()).update(paths)


def zipfile_reads_unicode_path():
    """Whether zipfile takes a member's name from the Unicode path field; Python 3.11 does not."""
    member = Member(b"?", b"", extra=extra_unicode_path(b"?", "é".encode()))
    with zipfile.ZipFile(io.BytesIO(archive([member]))) as opened:
        return opened.namelist() == ["é"]


def version_of_7zz():
    banner = subprocess.run(["7zz"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            check=False).stdout
    return int(re.search(r"^7-Zip \(z\) (\d+)\.", banner, re.M)[1])


because("two members of one name",
        ("threeofonename", ALL, "d (2)", "d (3)"),
        ("takennumber", ALL, "d (3)", "d (4)"),
        ("collisionindirectory", ALL, "a/d (2)"),
        ("linkthenfile", ALL, "d (2)"))
because("a file and a directory of one name",
        ("directorythenfile", ALL, "x (2)"),
        ("emptydirectoryandfile", ALL, "x (2)"), ("emptydirectoryandfile", ("7zz",), "x"),
        ("filesanddirectory", ALL, "x", "x (2)", "x (3)", "x/y"),
        ("filethendirectory", ALL, "x", "x (2)", "x/y"))
because("names that lead elsewhere",
        ("hiddennames", ("unzip",), "hidden2", "hidden3", "hidden7", "hidden8", "hidden9",
         "hidden9/__", "x", "x/hidden5"),
        ("hiddennames", ("7zz",), "hidden2", "hidden3", "hidden7", "hidden8", "hidden9",
         "hidden9/_", "x", "x/hidden5"),
        ("hiddennames", ("zipfile",), "hidden2", "hidden3", "hidden7", "hidden8", "hidden9", "x",
         "x/hidden5"),
        ("unicodepathclimbs", ("unzip", "7zz"), "hiddenclimb"),
        ("unicodepathclimbs", ("zipfile",),
         "hiddenclimb" if zipfile_reads_unicode_path() else "caf?.txt"))
because("links that lead out, or into a file of their own",
        ("links", ("unzip", "7zz"), "absolute", "beside", "climbs", "in/climbs", "sideways", "zero"),
        ("emptylink", ("7zz",), "empty"))
because("links that 7zz finds dangerous", ("links", ("7zz",), "in/up", "packed"))
because("links in zipfile", ("links", ("zipfile",), "dangling", "here", "in/up", "packed", "todirectory"))
because("names that are not UTF-8",
        ("cp437", ("unzip",), b"caf\x82.txt", "café.txt", "ß\u00a0", b"\xe1"),
        ("cp437", ("7zz",), b"caf\x82.txt", "café.txt", "ß\u00a0", b"\xe1\xff"),
        ("utf8bad", ("unzip",), "bad.txt", b"bad\xff.txt"),
        ("utf8bad", ("zipfile",), b"bad\xff.txt"))
because("UTF-8 that is not marked",
        ("utf8unmarked", ("zipfile",), "café.txt", "caf├⌐.txt"),
        *((task, ("zipfile",), "caf?.txt", "café.txt") for task in ("unicodepath",)
          if not zipfile_reads_unicode_path()),
        ("writerzip", ("zipfile",), "unicode ünï", "unicode ünï/日本.txt", "unicode ├╝n├»",
         "unicode ├╝n├»/µùÑµ£¼.txt"))
because("control characters in names",
        ("oddnames", ("unzip",), "\x1b[31mred", "[31mred", "new\nline", "newline", "tab\tx", "tabx"))
because("bytes before the archive",
        ("prefix", ("7zz",), *WHOLE), ("prefixlarge", ("7zz",), *WHOLE),
        ("twoarchives", ("7zz",), *WHOLE, "other.txt"),
        ("twoarchivescounted", ("7zz",), *WHOLE, "other.txt"))
because("an end record within the comment",
        ("fakeend", ("unzip", "zipfile"), *WHOLE), ("fakesignature", ("unzip", "zipfile"), *WHOLE),
        # 7zz 25 goes to the place that the wrong end record names, and fails; 26 looks on.
        *((task, ("7zz",), *WHOLE) for task in ("fakeend",) if version_of_7zz() < 26),
        ("archiveascomment", ("unzip", "zipfile"), "t"))
because("members that share their bytes",
        ("oneformany", ("unzip", "zipfile"), *(f"m{i:02d}" for i in range(1, 40))),
        ("inside", ("unzip",), "inner"), ("inside", ("zipfile",), "outer"),
        ("quoted", ("unzip",), *(f"q{i:02d}" for i in range(1, 24))),
        ("quoted", ("zipfile",), *(f"q{i:02d}" for i in range(23))))
because("extra fields that overrun", ("brokenextra", ("zipfile",), "overrun", "short", "stub"))
because("methods that not all can read",
        ("methoddeflate64", ("unzip", "7zz", "zipfile"), "t"),
        ("methodppmd", ("unzip", "7zz", "zipfile"), "t"),
        *((task, ALL, "t") for task in ("xz",) if not libzip_reads(XZ)),
        *((task, ALL, "t") for task in ("lzma", "methodlzma") if not libzip_reads(LZMA)),
        *((task, ("unzip", "zipfile"), "t") for task in ("xz",) if libzip_reads(XZ)),
        *((task, ("unzip",), "t") for task in ("lzma", "methodlzma") if libzip_reads(LZMA)))
