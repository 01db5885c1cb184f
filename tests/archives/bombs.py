#!/usr/bin/python3
"""Makes an archive of bombs, fast: members whose content is far larger than the archive.

usage: bombs.py OUT GIB COUNT

`zeros` is so many GiB of zeros, and `m0000`, `m0001`, ... COUNT members that share its bytes;
beside them `beside.txt`, and a file under 32,000 folders, which no path can reach.
"""
import sys
import zlib

from builder import Member, archive

CHUNK = 16 << 20


def zeros(gib):
    """Raw deflate of so many GiB of zeros, and their CRC-32."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    chunk = packer.compress(bytes(CHUNK)) + packer.flush(zlib.Z_FULL_FLUSH)
    crc = 0
    for _ in range(gib * (1 << 30) // CHUNK):
        crc = zlib.crc32(bytes(CHUNK), crc)
    return chunk * (gib * (1 << 30) // CHUNK) + packer.flush(), crc


def main():
    path, gib, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    raw, crc = zeros(gib)
    fields = {"size": gib << 30, "crc": crc, "compressed_size": len(raw)}
    members = [Member("artifacts/zeros", raw=raw, **fields)]
    members += [Member(f"artifacts/m{i:04d}", raw=b"", offset=0, **fields) for i in range(count)]
    members += [Member("artifacts/beside.txt", b"beside\n"),
                Member("artifacts/" + "d/" * 2000 + "f", b"x")]
    with open(path, "wb") as out:
        out.write(archive(members))
    return 0


if __name__ == "__main__":
    sys.exit(main())
