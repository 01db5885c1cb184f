"""Cases that are valid byte for byte and made to do harm: members that lie in each other, archives
in archives, paths without end."""
import struct

from builder import STORED, Member, archive, deflate, end_record
from check import Case, File
from crafted_members import GOOD, TEXT, good


def overlap():
    # One local header for many: each of them is whole.
    yield Case("oneformany", archive(
        [Member("artifacts/m00", TEXT)] +
        [Member(f"artifacts/m{i:02d}", TEXT, raw=b"", compressed_size=len(deflate(TEXT)), offset=0)
         for i in range(1, 40)]), {f"m{i:02d}": File(TEXT) for i in range(40)})
    # A member that is the content of another, header and all.
    inner = Member("artifacts/inner", TEXT)
    outer = Member("artifacts/outer", b"before" + inner.local() + inner.raw + b"after", STORED)
    inner.offset = len(outer.local()) + len(b"before")
    whole = archive([outer, inner])
    yield Case("inside", whole, {"outer": File(outer.data), "inner": File(TEXT)})
    yield quoted(24)
    # Two that share their middle: the first says more than it has.
    packed = deflate(TEXT)
    first = Member("artifacts/first", TEXT, compressed_size=len(packed) + 60)
    yield Case("runsintonext", archive([first, good("next"), good("last")]),
               {"first": File(TEXT), "next": GOOD, "last": GOOD})
    yield Case("startsinside", archive([
        Member("artifacts/noise", b"n" * 500, STORED), Member("artifacts/bad", TEXT, offset=100),
        good("last")]),
        {"noise": File(b"n" * 500), "bad": File(error="EIO", size=len(TEXT)), "last": GOOD})


def quoted(count):
    """Members whose deflate streams run on through each other to the same end: stored blocks hold
    the headers in between. Each file is the headers behind its own, and the last one's text."""
    content, stream = TEXT, deflate(TEXT)
    members, tree, starts = [], {}, []
    for number in reversed(range(count)):
        member = Member(f"artifacts/q{number:02d}", content, raw=stream)
        header = member.local()
        members.append(member)
        tree[f"q{number:02d}"] = File(content)
        starts.append(len(stream) + len(header))  # before the directory
        content = header + content
        stream = struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF) + header + stream
    body = members[-1].local() + members[-1].raw
    central = b"".join(member.central(len(body) - start)
                       for member, start in zip(members[::-1], starts[::-1]))
    return Case("quoted", body + central + end_record(count, len(central), len(body)), tree)


def nesting():
    inside = archive([good(), Member("artifacts/t", TEXT)])
    yield Case("archiveinside", archive([good(), Member("artifacts/in.zip", inside, STORED)]),
               {"good.txt": GOOD, "in.zip": File(inside)})
    level = inside
    for _ in range(12):
        level = archive([Member("artifacts/in.zip", level, STORED)])
    yield Case("twelvelevels", archive([Member("artifacts/in.zip", level)]),
               {"in.zip": File(level)})
    yield Case("archiveascomment", archive([good()], comment=inside + b"#"), {"good.txt": GOOD})
    deep = "/".join("d" * 5 for _ in range(500))
    yield Case("deeppath", archive([good(f"{deep}/good.txt"), good("beside")]),
               {f"{deep}/good.txt": GOOD, "beside": GOOD})
    endless = b"artifacts/" + b"d/" * 32000 + b"f"
    yield Case("endlesspath", archive([good(), Member(endless, b"x")]), {"good.txt": GOOD},
               hidden=[b"d/d/d/d/"])


GROUPS = {"overlap": overlap, "nesting": nesting}
