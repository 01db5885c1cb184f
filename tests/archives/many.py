#!/usr/bin/python3
"""Makes an archive of very many small members, fast.

usage: many.py OUT COUNT PER_DIRECTORY [reverse]

Member i is artifacts/DDDD/NNNNNNN.txt, where D is i // PER_DIRECTORY, stored; its text is its
number. With `reverse` the directory lists the members in the reverse order of their data.
"""
import struct
import sys
import zlib

from builder import DOS_DATE, DOS_TIME, S_IFREG, end_record, zip64_end

LOCAL = struct.Struct("<4sHHHHHIIIHH")
CENTRAL = struct.Struct("<4sBBHHHHHIIIHHHHHII")


def write(out, count, per_directory, is_reversed):
    central, offset = [], 0
    for i in range(count):
        name = b"artifacts/%04d/%07d.txt" % (i // per_directory, i)
        text = b"%07d\n" % i
        crc = zlib.crc32(text)
        head = LOCAL.pack(b"PK\x03\x04", 20, 0, 0, DOS_TIME, DOS_DATE, crc, len(text), len(text),
                          len(name), 0)
        central.append(CENTRAL.pack(b"PK\x01\x02", 20, 3, 20, 0, 0, DOS_TIME, DOS_DATE, crc,
                                    len(text), len(text), len(name), 0, 0, 0, 0,
                                    (S_IFREG | 0o644) << 16, offset) + name)
        out.write(head + name + text)
        offset += len(head) + len(name) + len(text)
    if is_reversed:
        central.reverse()
    directory = b"".join(central)
    out.write(directory)
    out.write(zip64_end(count, len(directory), offset, offset + len(directory)))
    out.write(end_record(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF))


def main():
    path, count, per_directory = sys.argv[1:4]
    with open(path, "wb") as out:
        write(out, int(count), int(per_directory), sys.argv[4:] == ["reverse"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
