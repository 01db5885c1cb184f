"""Cases about the shape of the tree: what is stripped, names, collisions, links, modes, times."""
from builder import (DOS_UNIX, FLAG_UTF8, S_IFBLK, S_IFCHR, S_IFIFO, S_IFREG, S_IFSOCK,
                     Member, archive, directory, extra_ntfs, extra_unicode_path, extra_ut,
                     link)
from check import Case, Dir, File, Link


def good(name="artifacts/good.txt"):
    return Member(name, b"good\n")


GOOD = File(b"good\n")


def stripping():
    side = Member("output.json", b"{}\n")
    yield Case("stripbyentry",
               archive([directory("artifacts/"), good(), side]), {"good.txt": GOOD})
    yield Case("stripbyprefix", archive([side, good()]), {"good.txt": GOOD})
    yield Case("nothingtostrip", archive([side, good("a/good.txt")]),
               {"output.json": File(b"{}\n"), "a/good.txt": GOOD})
    yield Case("emptyartifacts", archive([directory("artifacts/"), side]), {})
    yield Case("artifactsisafile", archive([Member("artifacts", b"text"), side]),
               {"artifacts": File(b"text"), "output.json": File(b"{}\n")})
    yield Case("othercase", archive([good("Artifacts/good.txt")]), {"Artifacts/good.txt": GOOD})
    yield Case("deeperartifacts", archive([good("a/artifacts/good.txt")]),
               {"a/artifacts/good.txt": GOOD})
    yield Case("onelevelonly", archive([good("artifacts/artifacts/good.txt")]),
               {"artifacts/good.txt": GOOD})
    yield Case("emptyarchive", archive([]), {})


def names():
    yield Case("missingparents", archive([good("artifacts/a/b/c.txt"), directory("artifacts/d/")]),
               {"a/b/c.txt": GOOD, "d": Dir()}, order=["a", "d"])
    yield Case("archiveorder",
               archive([good(f"artifacts/{name}") for name in ("z", "m/1", "b", "m/0", "a")]),
               {name: GOOD for name in ("z", "m/1", "b", "m/0", "a")}, order=["z", "m", "b", "a"])
    hidden = [b"../hidden1", b"artifacts/../hidden2", b"artifacts/./hidden3", b"/hidden4",
              b"artifacts/x/../../hidden5", b"artifacts/" + b"hidden6" + b"n" * 249,
              b"artifacts/hidden7\0tail", b"/artifacts/hidden8", b"artifacts/hidden9/.."]
    yield Case("hiddennames", archive([Member(name, b"x") for name in hidden] + [good()]),
               {"good.txt": GOOD}, hidden=[b"hidden%d" % i for i in range(1, 10)])
    yield Case("emptyname", archive([Member("", b"x"), good()]), {"good.txt": GOOD})
    longest = b"n" * 255
    yield Case("longestpart", archive([good(b"artifacts/" + longest + b"/" + longest)]),
               {longest + b"/" + longest: GOOD})
    deep = "/".join("d" * 10 for _ in range(60))
    yield Case("deep", archive([good(f"artifacts/{deep}/good.txt")]), {f"{deep}/good.txt": GOOD})
    odd = ["new\nline", "tab\tx", "qu'ote\"", "star*?[]", " leading", "trailing ", "-rf", "back\\x",
           "\x1b[31mred", "...", "..x", "colon:x"]
    yield Case("oddnames", archive([good("artifacts/" + name) for name in odd]),
               {name: GOOD for name in odd})
    yield from encodings()


def encodings():
    yield Case("cp437", archive([good(b"artifacts/caf\x82.txt"), good(b"artifacts/\xe1\xff")]),
               {"café.txt": GOOD, "ß\u00a0": GOOD})
    yield Case("utf8unmarked", archive([good("artifacts/café.txt")]), {"café.txt": GOOD})
    yield Case("utf8marked",
               archive([Member("artifacts/日本.txt", b"good\n", flags=FLAG_UTF8)]),
               {"日本.txt": GOOD})
    yield Case("utf8bad", archive([Member(b"artifacts/bad\xff.txt", b"good\n", flags=FLAG_UTF8)]),
               {b"bad\xff.txt": GOOD})
    plain = b"artifacts/caf?.txt"
    right = "artifacts/café.txt".encode()
    yield Case("unicodepath", archive([
        Member(plain, b"good\n", extra=extra_unicode_path(plain, right))]), {"café.txt": GOOD})
    yield Case("unicodepathstale", archive([
        Member(plain, b"good\n", extra=extra_unicode_path(plain, right, crc=1))]),
        {"caf?.txt": GOOD})
    climbing = b"artifacts/../hiddenclimb"
    yield Case("unicodepathclimbs", archive([
        Member(plain, b"x", extra=extra_unicode_path(plain, climbing)), good()]),
        {"good.txt": GOOD}, hidden=[b"hiddenclimb"])


def collisions():
    def of(name, text):
        return Member(f"artifacts/{name}", text.encode())

    yield Case("threeofonename", archive([of("d", "first"), of("d", "second"),
                                                  of("d", "third")]),
               {"d": File(b"third"), "d (2)": File(b"second"), "d (3)": File(b"first")})
    yield Case("takennumber", archive([of("d", "first"), of("d (2)", "own"), of("d", "second"),
                                       of("d", "third")]),
               {"d": File(b"third"), "d (2)": File(b"own"), "d (3)": File(b"second"),
                "d (4)": File(b"first")})
    yield Case("filethendirectory", archive([of("x", "file"), of("x/y", "inner")]),
               {"x (2)": File(b"file"), "x/y": File(b"inner")})
    yield Case("directorythenfile", archive([of("x/y", "inner"), of("x", "file")]),
               {"x (2)": File(b"file"), "x/y": File(b"inner")})
    yield Case("emptydirectoryandfile", archive([directory("artifacts/x/"), of("x", "file")]),
               {"x (2)": File(b"file"), "x": Dir()})
    yield Case("directorytwice", archive([directory("artifacts/x/"), of("x/a", "1"),
                                          directory("artifacts/x/"), of("x/b", "2")]),
               {"x/a": File(b"1"), "x/b": File(b"2")})
    yield Case("filesanddirectory", archive([of("x", "first"), of("x", "second"), of("x/y", "in")]),
               {"x/y": File(b"in"), "x (2)": File(b"second"), "x (3)": File(b"first")})
    yield Case("collisionindirectory", archive([of("a/d", "first"), of("a/d", "second"),
                                                of("b/d", "other")]),
               {"a/d": File(b"second"), "a/d (2)": File(b"first"), "b/d": File(b"other")})
    yield Case("caseisnocollision", archive([of("d", "small"), of("D", "big")]),
               {"d": File(b"small"), "D": File(b"big")})
    yield Case("linkthenfile", archive([link("artifacts/d", "good.txt"), of("d", "file"), good()]),
               {"d": File(b"file"), "d (2)": Link("good.txt"), "good.txt": GOOD})


def links():
    def text(target):
        return File(target, mode=None)

    members = [good(), link("artifacts/here", "good.txt"), link("artifacts/in/up", "../good.txt"),
               link("artifacts/dangling", "nowhere"), link("artifacts/todirectory", "in"),
               link("artifacts/packed", "in/../good.txt", method=8),
               link("artifacts/absolute", "/etc/passwd"), link("artifacts/climbs", "../x"),
               link("artifacts/in/climbs", "../../x"), link("artifacts/sideways", "in/../../x"),
               link("artifacts/zero", b"a\0b"), link("artifacts/beside", "../output.json"),
               Member("output.json", b"{}")]
    yield Case("links", archive(members), {
        "good.txt": GOOD, "here": Link("good.txt"), "in/up": Link("../good.txt"),
        "dangling": Link("nowhere"), "todirectory": Link("in"), "packed": Link("in/../good.txt"),
        "absolute": text(b"/etc/passwd"), "climbs": text(b"../x"), "in/climbs": text(b"../../x"),
        "sideways": text(b"in/../../x"), "zero": text(b"a\0b"), "beside": text(b"../output.json")})
    yield Case("emptylink", archive([link("artifacts/empty", b""), good()]),
               {"empty": text(b""), "good.txt": GOOD})


def modes():
    def of(name, mode):
        return Member(f"artifacts/{name}", b"good\n", mode=mode)

    plain, executable = GOOD, File(b"good\n", mode=0o755)
    yield Case("modes", archive([
        of("r600", S_IFREG | 0o600), of("r444", S_IFREG | 0o444), of("r000", S_IFREG),
        of("r666", S_IFREG | 0o666), of("x755", S_IFREG | 0o755), of("x700", S_IFREG | 0o700),
        of("x500", S_IFREG | 0o500), of("notype", 0o600)]),
        {"r600": plain, "r444": plain, "r000": plain, "r666": plain, "x755": executable,
         "x700": executable, "x500": executable, "notype": plain})
    yield Case("setids", archive([
        of("suid", S_IFREG | 0o4755), of("sgid", S_IFREG | 0o2755), of("sticky", S_IFREG | 0o1644),
        directory("artifacts/d/", mode=0o043777)]),
        {"suid": executable, "sgid": executable, "sticky": plain, "d": Dir()})
    yield Case("devices", archive([
        of("fifo", S_IFIFO | 0o644), of("char", S_IFCHR | 0o644), of("block", S_IFBLK | 0o644),
        of("socket", S_IFSOCK | 0o644)]),
        {"fifo": plain, "char": plain, "block": plain, "socket": plain})
    yield Case("privatedirectory", archive([directory("artifacts/d/", mode=0o040700), good()]),
               {"d": Dir(), "good.txt": GOOD})
    yield Case("fatmodes", archive([Member("artifacts/f", b"good\n", host=0, mode=0)]), {"f": plain})


def times():
    ut, ntfs = 1700000000, 17000000001234567

    def of(name, extra=b"", **fields):
        return Member(f"artifacts/{name}", b"good\n", extra=extra, **fields)

    def at(ns):
        return File(b"good\n", mtime_ns=ns)

    yield Case("times", archive([
        of("dos"), of("ut", extra_ut(ut)), of("ntfs", extra_ntfs(ntfs)),
        of("both", extra_ut(ut) + extra_ntfs(ntfs)), of("bothturned", extra_ntfs(ntfs) + extra_ut(ut)),
        of("unknownfirst", b"\x99\x99\x02\x00ab" + extra_ut(ut)),
        of("before1970", extra_ut(-86400))]),
        {"dos": at(DOS_UNIX * 10**9), "ut": at(ut * 10**9), "ntfs": at(ntfs * 100),
         "both": at(ntfs * 100), "bothturned": at(ntfs * 100), "unknownfirst": at(ut * 10**9),
         "before1970": at(-86400 * 10**9)})
    # Extra fields that overrun their place are ignored from there on; the member is whole.
    yield Case("brokenextra", archive([
        of("overrun", b"\x55\x54\xff\x00\x01"), of("short", b"\x55\x54\x00\x00"), of("stub", b"\x01")]),
        {"overrun": at(DOS_UNIX * 10**9), "short": at(DOS_UNIX * 10**9),
         "stub": at(DOS_UNIX * 10**9)})


GROUPS = {"stripping": stripping, "names": names, "collisions": collisions, "links": links,
          "modes": modes, "times": times}
