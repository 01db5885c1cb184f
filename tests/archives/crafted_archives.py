"""Cases about the archive as a whole: where it lies in the file, and when it can't be read."""
import struct

from builder import STORED, Member, archive, end_record, zip64_end
from check import Case, File

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


GROUPS = {"placement": placement, "broken": broken}
