"""Cases about single members: methods, encryption, damage, sizes, Zip64."""
import bz2
import ctypes
import lzma
import struct

from builder import (DEFLATED, FLAG_ENCRYPTED, STORED, Member, archive, deflate)
from check import Case, File

TEXT = b"".join(b"step %06d residual %.8f\n" % (i, 1.0 / (i + 1)) for i in range(4000))
NOISE = b"".join(struct.pack("<I", (i * 2654435761) & 0xFFFFFFFF) for i in range(20000))
GOOD = File(b"good\n")
BZIP2, LZMA, XZ, ZSTD, DEFLATE64, PPMD, AES = 12, 14, 95, 93, 9, 98, 99


def good(name="good.txt"):
    return Member(f"artifacts/{name}", b"good\n")


def around(*members):
    """The members between two good siblings, so that damage which spreads is seen."""
    return archive([good("before"), *members, good("after")])


def among(tree):
    return {"before": GOOD, **tree, "after": GOOD}


def libzip_reads(method):
    """Whether the library here was built with that method."""
    for name in ("libzip.so.5", "libzip.so.4"):
        try:
            return bool(ctypes.CDLL(name).zip_compression_method_supported(method, 0))
        except (OSError, AttributeError):
            continue
    return False


def lzma_raw(data):
    """As APPNOTE 5.8.8: version, length of the properties, properties, then the stream."""
    packer = lzma.LZMACompressor(lzma.FORMAT_ALONE)
    alone = packer.compress(data) + packer.flush()
    return struct.pack("<BBH", 9, 20, 5) + alone[:5] + alone[13:]


def methods():
    yield Case("stored", around(Member("artifacts/t", NOISE, STORED)),
               among({"t": File(NOISE, packed=len(NOISE))}))
    packed = len(deflate(TEXT))
    yield Case("deflated", around(Member("artifacts/t", TEXT)),
               among({"t": File(TEXT, packed=packed)}))
    yield Case("level0", around(Member("artifacts/t", NOISE, DEFLATED, raw=deflate(NOISE, 0))),
               among({"t": File(NOISE)}))
    yield Case("emptymembers", around(Member("artifacts/s", b"", STORED), Member("artifacts/d", b"")),
               among({"s": File(b""), "d": File(b"")}))
    yield Case("tinyhasablock", around(Member("artifacts/t", b"x" * 100000)),
               among({"t": File(b"x" * 100000, packed=len(deflate(b"x" * 100000)))}))
    others = [("bzip2", BZIP2, bz2.compress(TEXT), 0), ("lzma", LZMA, lzma_raw(TEXT), 2),
              ("xz", XZ, lzma.compress(TEXT), 0)]
    for name, method, raw, flags in others:
        member = Member("artifacts/t", TEXT, method, raw=raw, flags=flags)
        seen = File(TEXT, packed=len(raw)) if libzip_reads(method) else \
            File(error="EOPNOTSUPP", at="read", size=len(TEXT))
        yield Case(name, around(member), among({"t": seen}))
    for name, method in (("deflate64", DEFLATE64), ("ppmd", PPMD), ("unknownmethod", 77)):
        yield Case(name, around(Member("artifacts/t", TEXT, method, raw=b"?" * 999)),
                   among({"t": File(error="EOPNOTSUPP", at="read", size=len(TEXT))}))


def encryption():
    locked = File(error="EACCES", at="read", size=len(TEXT))
    yield Case("encryptedstored", around(
        Member("artifacts/t", TEXT, STORED, raw=b"k" * 12 + TEXT, flags=FLAG_ENCRYPTED)),
        among({"t": locked}))
    yield Case("encrypteddeflated", around(
        Member("artifacts/t", TEXT, raw=b"k" * 12 + deflate(TEXT), flags=FLAG_ENCRYPTED)),
        among({"t": locked}))
    yield Case("encryptedaes", around(
        Member("artifacts/t", TEXT, AES, raw=b"k" * 99, flags=FLAG_ENCRYPTED)),
        among({"t": locked}))


def damage():
    unreadable = File(error="EIO", size=len(TEXT))

    def case(name, **fields):
        method = fields.pop("method", DEFLATED)
        return Case(name, around(Member("artifacts/t", TEXT, method, **fields)),
                    among({"t": unreadable}))

    packed = deflate(TEXT)
    yield case("offsetpastend", offset=1 << 30)
    yield case("offsetfarpastend", offset=1 << 50)
    yield case("offsetatend", offset=0xFFFFFFF0)
    yield case("offsetofother", offset=3)
    yield case("badsignature", local_signature=b"PK\x00\x00")
    yield case("badlocalmethod", local_method=STORED)
    yield case("localextraoverruns", local_extra_len=65535)
    yield case("badcrc", crc=12345)
    yield case("badcrcstored", method=STORED, crc=12345)
    yield case("flippedstored", method=STORED, raw=TEXT[:500] + b"!" + TEXT[501:])
    yield case("flippedlastbyte", method=STORED, raw=TEXT[:-1] + b"!")
    yield case("garbage", raw=b"\xff" * len(packed))
    yield case("cutstream", raw=packed[:len(packed) // 2])
    yield case("missinglastbyte", raw=packed[:-1])
    # The last member's bytes run into the directory: cut short by the file, not by a sibling.
    yield Case("runsintodirectory", archive([
        good("before"), Member("artifacts/t", TEXT, compressed_size=len(packed) + 5000)]),
        {"before": GOOD, "t": unreadable})
    yield from wrong_sizes(packed)


def wrong_sizes(packed):
    def case(name, method, size, seen=None, **fields):
        member = Member("artifacts/t", TEXT, method, size=size, **fields)
        return Case(name, around(member),
                    among({"t": File(error="EIO", size=size if seen is None else seen)}))

    yield case("longerthansaid", DEFLATED, len(TEXT) - 1)
    yield case("shorterthansaid", DEFLATED, len(TEXT) + 1)
    yield case("farshorterthansaid", DEFLATED, len(TEXT) * 4)
    yield case("impossiblylarge", DEFLATED, 1 << 40, seen=0, raw=packed)
    yield case("storedtwosizes", STORED, len(TEXT) - 7)
    yield case("storedtoolarge", STORED, len(TEXT) + 100)
    # A bomb says its size truthfully; nothing of that size is allocated to list it.
    bomb = b"\0" * (8 << 20)
    yield Case("bomb", around(Member("artifacts/t", bomb)), among({"t": File(bomb)}))


def writers():
    """Shapes of headers that the service's writers make."""
    yield Case("descriptors", archive([Member("artifacts/t", TEXT, descriptor=True),
                                       Member("artifacts/n", NOISE, descriptor=True),
                                       Member("artifacts/e", b"", descriptor=True)]),
               {"t": File(TEXT), "n": File(NOISE), "e": File(b"")})
    yield Case("zip64everywhere", archive([
        Member("artifacts/t", TEXT, descriptor=True, zip64=True),
        Member("artifacts/s", NOISE, STORED, zip64=True)], zip64=True),
        {"t": File(TEXT), "s": File(NOISE)})
    yield Case("localextradiffers", archive([
        Member("artifacts/t", TEXT, local_extra=b"\x99\x99\x40\x00" + b"x" * 64),
        Member("artifacts/u", TEXT, extra=b"\x99\x99\x40\x00" + b"x" * 64)]),
        {"t": File(TEXT), "u": File(TEXT)})


GROUPS = {"methods": methods, "encryption": encryption, "damage": damage, "writers": writers}
