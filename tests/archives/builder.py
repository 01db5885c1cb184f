"""Writes zip archives byte by byte, so that any field can be wrong on purpose.

Format: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5; Info-ZIP's extra fields for 0x5455 and 0x7075.
"""
import struct
import zlib

STORED, DEFLATED = 0, 8
UNIX, FAT = 3, 0
FLAG_ENCRYPTED, FLAG_DESCRIPTOR, FLAG_UTF8 = 1 << 0, 1 << 3, 1 << 11
S_IFREG, S_IFLNK, S_IFDIR, S_IFIFO, S_IFCHR, S_IFBLK, S_IFSOCK = (
    0o100000, 0o120000, 0o040000, 0o010000, 0o020000, 0o060000, 0o140000)

# 2024-03-05 10:20:30, the DOS time that members carry unless told otherwise.
DOS_DATE, DOS_TIME = (44 << 9) | (3 << 5) | 5, (10 << 11) | (20 << 5) | 15
DOS_UNIX = 1709634030


def deflate(data, level=6):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def extra_field(kind, body):
    return struct.pack("<HH", kind, len(body)) + body


def extra_ut(mtime):
    return extra_field(0x5455, struct.pack("<Bi", 1, mtime))


def extra_ntfs(mtime_100ns_unix):
    filetime = mtime_100ns_unix + 116444736000000000
    return extra_field(0x000A, struct.pack("<IHHQQQ", 0, 1, 24, filetime, filetime, filetime))


def extra_unicode_path(header_name, name, crc=None):
    crc = zlib.crc32(header_name) if crc is None else crc
    return extra_field(0x7075, struct.pack("<BI", 1, crc) + name)


class Member:
    """One member. `data` is what a reader should get; every other field can be overridden."""

    def __init__(self, name, data=b"", method=DEFLATED, **fields):
        self.name = name.encode() if isinstance(name, str) else name
        self.data = data
        self.method = method
        self.raw = data if method != DEFLATED else deflate(data)
        self.crc = zlib.crc32(data)
        self.flags = 0
        self.host = UNIX
        self.mode = S_IFREG | 0o644
        self.extra = b""
        self.local_extra = b""
        self.date, self.time = DOS_DATE, DOS_TIME
        self.zip64 = False           # Zip64 extras in both headers, sentinels in the 32-bit fields
        self.descriptor = False      # sizes and CRC after the data, none in the local header
        # Lies: None means the truth.
        self.offset = None
        self.local_signature = b"PK\x03\x04"
        self.local_method = None
        self.local_extra_len = None
        self.size = None
        self.compressed_size = None
        self.name_len = None
        self.disk = 0
        self.central_signature = b"PK\x01\x02"
        for key, value in fields.items():
            if not hasattr(self, key):
                raise AttributeError(key)
            setattr(self, key, value)
        if self.size is None:
            self.size = len(self.data)
        if self.compressed_size is None:
            self.compressed_size = len(self.raw)
        if self.descriptor:
            self.flags |= FLAG_DESCRIPTOR

    def local(self):
        method = self.method if self.local_method is None else self.local_method
        extra = self.local_extra
        size, packed, crc = self.size, self.compressed_size, self.crc
        if self.descriptor:
            size = packed = crc = 0
        if self.zip64:
            extra += extra_field(1, struct.pack("<QQ", size, packed))
            size = packed = 0xFFFFFFFF
        extra_len = len(extra) if self.local_extra_len is None else self.local_extra_len
        head = self.local_signature + struct.pack(
            "<HHHHHIIIHH", 45 if self.zip64 else 20, self.flags, method, self.time, self.date,
            crc, packed & 0xFFFFFFFF, size & 0xFFFFFFFF, len(self.name), extra_len)
        return head + self.name + extra

    def after(self):
        if not self.descriptor:
            return b""
        form = "<IQQ" if self.zip64 else "<III"
        return b"PK\x07\x08" + struct.pack(form, self.crc, self.compressed_size, self.size)

    def central(self, offset):
        extra = self.extra
        size, packed = self.size, self.compressed_size
        if self.offset is not None:
            offset = self.offset
        if self.zip64:
            extra = extra_field(1, struct.pack("<QQQ", size, packed, offset)) + extra
            size = packed = offset = 0xFFFFFFFF
        elif max(size, packed, offset) > 0xFFFFFFFE:
            wide = [value for value in (size, packed, offset) if value > 0xFFFFFFFE]
            extra = extra_field(1, struct.pack(f"<{len(wide)}Q", *wide)) + extra
            size, packed, offset = (min(value, 0xFFFFFFFF) for value in (size, packed, offset))
        name_len = len(self.name) if self.name_len is None else self.name_len
        return self.central_signature + struct.pack(
            "<BBHHHHHIIIHHHHHII", 45 if self.zip64 else 20, self.host, 20, self.flags, self.method,
            self.time, self.date, self.crc, packed, size, name_len, len(extra), 0,
            self.disk, 0,
            (self.mode << 16) | (0x10 if self.name.endswith(b"/") else 0), offset
        ) + self.name + extra


def directory(name, **fields):
    fields.setdefault("mode", S_IFDIR | 0o755)
    return Member(name, b"", STORED, **fields)


def link(name, target, **fields):
    return Member(name, target.encode() if isinstance(target, str) else target,
                  fields.pop("method", STORED), mode=S_IFLNK | 0o777, **fields)


def end_record(count, size, offset, comment=b"", comment_len=None):
    return b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count & 0xFFFF, count & 0xFFFF, size,
                                       offset, len(comment) if comment_len is None else comment_len)


def zip64_end(count, size, offset, where):
    """The Zip64 end record and its locator; `where` is the offset the locator will name."""
    return (b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, offset) +
            b"PK\x06\x07" + struct.pack("<IQI", 0, where, 1))


def archive(members, prefix=b"", comment=b"", trailing=b"", zip64=False, shift=0, reverse=False, **lies):
    """The bytes of an archive.

    `shift` is added to every recorded offset (len(prefix) where the writer knew of the prefix).
    `zip64` writes a Zip64 end record and a classic one that is all sentinels. `reverse` writes the
    directory's records in the reverse order of the data. Of `lies`: count, directory_size,
    directory_offset, locator (the offset in the Zip64 locator), comment_len.
    """
    body, records = bytearray(), []
    for member in members:
        offset = len(body) + shift
        body += member.local() + member.raw + member.after()
        records.append(member.central(offset))
    central = b"".join(reversed(records) if reverse else records)
    count = lies.get("count", len(members))
    size = lies.get("directory_size", len(central))
    offset = lies.get("directory_offset", len(body) + shift)
    tail = b""
    if zip64:
        tail = zip64_end(count, size, offset,
                         lies.get("locator", len(body) + len(central) + shift))
        count, size, offset = 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF
    tail += end_record(count, size, offset, comment, lies.get("comment_len")) + comment
    return bytes(prefix + body + central + tail + trailing)
