"""Cases about the archive as a whole: where it lies in the file, and when it can't be read."""
import struct

from builder import DEFLATED, FAT, STORED, UNIX, Member, archive, end_record, zip64_end
from check import Case, Dir, File
from crafted_members import libzip_reads

GOOD = File(b"good\n")
MEMBERS = {"a.txt": GOOD, "b/c.txt": GOOD}


def members():
    return [Member(f"artifacts/{name}", b"good\n") for name in MEMBERS]


def plain(**options):
    return archive(members(), **options)


def placement():
    stub = b"#!/bin/sh\necho this is a stub\n" * 50
    yield Case("prefix", plain(prefix=stub), MEMBERS)
    yield Case("prefixcounted", plain(prefix=stub, shift=len(stub)), MEMBERS)
    yield Case("prefixlarge", plain(prefix=b"\x7fELF" * 100000), MEMBERS)
    yield Case("prefixzip64", plain(prefix=stub, shift=len(stub), zip64=True), MEMBERS)
    yield Case("comment", plain(comment=b"made by a test"), MEMBERS)
    yield Case("longestcomment", plain(comment=b"c" * 65535), MEMBERS)
    # The signature alone, and a record whose numbers can't be.
    yield Case("fakesignature", plain(comment=b"see PK\x05\x06 here, with enough text behind it"),
               MEMBERS)
    fake = end_record(9, 5000, 0x7FFFFFFF)
    yield Case("fakeend", plain(comment=b"x" * 40 + fake + b"y" * 40), MEMBERS)
    yield Case("bytesafter", plain(trailing=b"\0" * 1000), MEMBERS)
    yield Case("textafter", plain(trailing=b"appended by a careless tool\n" * 100), MEMBERS)
    other = archive([Member("artifacts/other.txt", b"other\n")])
    yield Case("twoarchives", other + plain(), MEMBERS)
    yield Case("twoarchivescounted", other + plain(shift=len(other)), MEMBERS)
    yield Case("zip64end", plain(zip64=True), MEMBERS)
    yield Case("zip64commented", plain(zip64=True, comment=b"c" * 300), MEMBERS)
    many = {f"{i:05d}": None for i in range(65540)}
    yield Case("countmodulo65536", archive(
        [Member(f"artifacts/{name}", b"", STORED) for name in many]),
        {name: File(b"") for name in many}, names_only=True)


def broken():
    whole = plain()
    tail = len(whole)
    directory = whole.index(b"PK\x01\x02")
    yield Case("nobytes", b"", None)
    yield Case("onebyte", b"P", None)
    yield Case("garbage", b"this is no archive\n" * 60, None)
    yield Case("errorpage", b"<html><body>502 Bad Gateway</body></html>", None)
    yield Case("cutinhalf", whole[:tail // 2], None)
    yield Case("cutintheend", whole[:-3], None)
    yield Case("cutatthestart", whole[directory + 20:], None)
    yield Case("zeros", b"\0" * 100000, None)
    yield Case("countoverflows", plain(count=5000), None)
    yield Case("onetoomany", plain(count=3), None)
    yield Case("directorypastend", plain(directory_offset=0x7FFFFFFF), None)
    yield Case("directorytoolarge", plain(directory_size=0x7FFFFFFF), None)
    yield Case("directorytoosmall", plain(directory_size=20), None)
    yield Case("onlyanend", end_record(5, 300, 0), None)
    yield Case("namesoverrun", archive([Member("artifacts/a", b"x", name_len=60000)]), None)
    yield Case("badcentralsignature", archive([
        Member("artifacts/a", b"x"), Member("artifacts/b", b"x", central_signature=b"PK\0\0")]), None)
    yield from broken_zip64()


def broken_zip64():
    huge = (1 << 64) - 16
    yield Case("zip64hugecount", plain(zip64=True, count=1 << 60), None)
    yield Case("zip64hugesize", plain(zip64=True, directory_size=huge), None)
    yield Case("zip64hugeoffset", plain(zip64=True, directory_offset=huge), None)
    yield Case("zip64locatorpastend", plain(zip64=True, locator=1 << 40), None)
    yield Case("zip64locatorwraps", plain(zip64=True, locator=huge), None)
    bare = b"x" * 500 + b"PK\x06\x07" + struct.pack("<IQI", 0, 0, 1)
    yield Case("zip64norecord", bare + end_record(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF), None)
    yield Case("zip64sumoverflows", zip64_end(1 << 62, 1 << 63, 1 << 63, 0) +
               end_record(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF), None)


def patched(data, before_end, form, value):
    """The bytes with a number written over those that begin so far before the end."""
    at = len(data) - before_end
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form):]


def odd():
    """Something is wrong, but the directory is found whole."""
    zip64 = plain(zip64=True)
    other = archive([Member("artifacts/other.txt", b"other\n")])
    yield Case("commentcut", plain(comment=b"a part of it", comment_len=100), MEMBERS)
    yield Case("commentmissing", plain(comment_len=1), MEMBERS)
    yield Case("commentlost", plain(prefix=b"#" * 100, comment_len=65535), MEMBERS)
    yield Case("commentcutbehindother", other + plain(shift=len(other), comment_len=1), MEMBERS)
    yield Case("directorydisk256", patched(plain(), 22 - 6, "<H", 256), MEMBERS)
    yield Case("lastdiskoftwo", patched(plain(), 22 - 4, "<H", 1), MEMBERS)
    yield Case("fewerentrieshere", patched(plain(), 22 - 8, "<H", 1), MEMBERS)
    yield Case("zip64disk", patched(zip64, 22 + 20 + 56 - 16, "<I", 1), MEMBERS)
    yield Case("zip64oftwodisks", patched(zip64, 22 + 20 - 16, "<I", 2), MEMBERS)
    yield Case("memberofotherdisk", archive(
        [Member(f"artifacts/{name}", b"good\n", disk=3) for name in MEMBERS]), MEMBERS)
    bare = plain()
    start, end = bare.index(b"PK\x01\x02"), len(bare) - 22
    yield Case("zip64countoverflows", bare[:end] + zip64_end(
        (0x81 << 56) | len(MEMBERS), end - start, start, end) + bare[end:], MEMBERS)


def backslashes():
    def case(name, members, tree, **expected):
        return Case(name, archive([Member(path, b"good\n", host=host) for path, host in members]),
                    tree, **expected)

    windows = [("artifacts\\a.txt", FAT), ("artifacts\\b\\c.txt", FAT)]
    yield case("fat", windows, MEMBERS)
    yield case("ntfs", [(path, 10) for path, _ in windows], MEMBERS)
    yield case("unix", [(path, UNIX) for path, _ in windows],
               {path: GOOD for path, _ in windows})
    yield case("slashes", windows + [("x/y", FAT)],
               {path: GOOD for path in ("artifacts\\a.txt", "artifacts\\b\\c.txt", "x/y")})
    yield case("out", windows + [("artifacts\\..\\up", FAT)], MEMBERS, hidden=[b"../up"])
    yield Case("folders", archive([Member("artifacts\\", b"", STORED, host=FAT),
                                   Member("artifacts\\e\\", b"", STORED, host=FAT),
                                   Member("artifacts\\a.txt", b"good\n", host=FAT)]),
               {"e": Dir(), "a.txt": GOOD})


def impossible():
    """Sizes that can't be: nothing shows them."""
    def case(name, method=STORED, **fields):
        bad = Member("artifacts/bad", b"good\n", method, **fields)
        return Case(name, archive([*members(), bad]),
                    {**MEMBERS, "bad": File(error="EIO", size=0)}, unreadable=[b"artifacts/bad: "])

    yield case("storedin161bytes", size=0xFFFFFFF0)
    yield case("storedasclaimed", size=0xFFFFFFF0, compressed_size=0xFFFFFFF0)
    yield case("eighteib", size=(1 << 63) - 1, compressed_size=(1 << 63) - 1)
    yield case("eighteibdeflated", DEFLATED, size=(1 << 63) - 1)
    yield case("eighteibbothdeflated", DEFLATED, size=1 << 62, compressed_size=1 << 62)
    yield case("overtheratio", DEFLATED, size=1033 * 7, raw=b"1234567", compressed_size=7)
    zstandard = File(error="EIO" if libzip_reads(93) else "EOPNOTSUPP", at="read", size=0)
    yield Case("eighteibzstandard", archive([*members(), Member(
        "artifacts/bad", b"good\n", 93, size=(1 << 63) - 1)]),
        {**MEMBERS, "bad": zstandard}, unreadable=[b"artifacts/bad: "])


def reverse():
    """The directory lists the members in the reverse order of their data."""
    names = ["z", "m/1", "b", "m/0", "a"]
    yield Case("reversed", archive([Member(f"artifacts/{name}", b"good\n") for name in names],
                                   reverse=True),
               {name: GOOD for name in names}, order=["z", "m", "b", "a"])
    yield Case("foldersfirst", archive(
        [Member(f"artifacts/{name}", b"", STORED) for name in ("a/", "b/", "c/")] +
        [Member(f"artifacts/{name}", b"good\n") for name in ("c/1", "a/1", "b/1")]),
        {name: GOOD for name in ("a/1", "b/1", "c/1")}, order=["c", "a", "b"])
    yield Case("lastofthree", archive(
        [Member("artifacts/d", text) for text in (b"first", b"second", b"third")], reverse=True),
        {"d": File(b"first"), "d (2)": File(b"second"), "d (3)": File(b"third")},
        order=["d", "d (2)", "d (3)"])


GROUPS = {"placement": placement, "odd": odd, "backslashes": backslashes, "reverse": reverse,
          "impossible": impossible, "broken": broken}
