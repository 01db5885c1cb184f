"""The object store: ranges, preconditions and entity tags."""
from service import Emulator, content, equal, eventually

SIZE = 1000
BYTES = content(SIZE)


def store(size=SIZE):
    service = Emulator()
    service.task("abc", output=content(size))
    return service


def test_the_whole_object():
    with store() as service:
        answer = service.get(service.signed("abc/output.zip"))
        equal((answer.status, answer.body), (200, BYTES))
        equal(answer.headers["Content-Length"], "1000")
        equal(answer.headers["Accept-Ranges"], "bytes")
        equal(answer.headers["Content-Range"], None)


def test_a_range_is_exactly_what_was_asked_for():
    cases = {
        "bytes=0-0": (0, 0),
        "bytes=0-499": (0, 499),
        "bytes=123-456": (123, 456),
        "bytes=999-999": (999, 999),
        "bytes=500-": (500, 999),
        "bytes=0-": (0, 999),
        "bytes=0-999": (0, 999),
        "bytes=0-1000": (0, 999), # what is past the end is left out
        "bytes=990-99999999999999999999999": (990, 999),
        "BYTES=1-2": (1, 2),
        "bytes= 1-2 ": (1, 2),
    }
    with store() as service:
        target = service.signed("abc/output.zip")
        for header, (first, last) in cases.items():
            answer = service.get(target, Range=header)
            equal(answer.status, 206, header)
            equal(answer.headers["Content-Range"], f"bytes {first}-{last}/1000", header)
            equal(answer.headers["Content-Length"], str(last - first + 1), header)
            equal(answer.body, BYTES[first:last + 1], header)


def test_a_suffix_counts_from_the_end():
    with store() as service:
        target = service.signed("abc/output.zip")
        for length, first in ((1, 999), (10, 990), (999, 1), (1000, 0), (1001, 0), (10**30, 0)):
            answer = service.get(target, Range=f"bytes=-{length}")
            equal(answer.status, 206, length)
            equal(answer.headers["Content-Range"], f"bytes {first}-999/1000", length)
            equal(answer.body, BYTES[first:], length)


def test_past_the_end_is_refused_with_the_size():
    with store() as service:
        target = service.signed("abc/output.zip")
        for header in ("bytes=1000-", "bytes=1000-1000", "bytes=99999999999999999999999-", "bytes=-0"):
            answer = service.get(target, Range=header)
            equal(answer.status, 416, header)
            equal(answer.headers["Content-Range"], "bytes */1000", header)
            assert b"InvalidRange" in answer.body
    with store(size=0) as service:
        target = service.signed("abc/output.zip")
        for header in ("bytes=0-", "bytes=-1", "bytes=0-0"):
            answer = service.get(target, Range=header)
            equal((answer.status, answer.headers["Content-Range"]), (416, "bytes */0"), header)
        equal(service.get(target).status, 200)


def test_bad_syntax_is_no_range_at_all():
    with store() as service:
        target = service.signed("abc/output.zip")
        for header in ("bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=1-b", "bytes=1", "items=0-1",
                       "bytes 0-1", "0-1", "bytes=0-1,5-6", "bytes=0x1-2", "bytes=1-2 3"):
            answer = service.get(target, Range=header)
            equal(answer.status, 200, header)
            equal(answer.headers["Content-Range"], None, header)
            equal(answer.body, BYTES, header)


def test_ranges_of_an_object_of_many_blocks():
    size = 1_000_003
    data = content(size)
    with store(size) as service:
        target = service.signed("abc/output.zip")
        for first, last in ((0, size - 1), (131071, 131072), (262144, 700000), (999999, size - 1)):
            answer = service.get(target, Range=f"bytes={first}-{last}")
            equal(answer.headers["Content-Range"], f"bytes {first}-{last}/{size}")
            assert answer.body == data[first:last + 1], (first, last)


def test_head_has_the_headers_alone():
    with store() as service:
        target = service.signed("abc/output.zip")
        whole = service.request("HEAD", target)
        equal((whole.status, whole.body, whole.headers["Content-Length"]), (200, b"", "1000"))
        part = service.request("HEAD", target, {"Range": "bytes=10-19"})
        equal((part.status, part.body, part.headers["Content-Length"]), (206, b"", "10"))
        equal(part.headers["Content-Range"], "bytes 10-19/1000")


def test_if_match_holds_to_one_version():
    with store() as service:
        target = service.signed("abc/output.zip")
        tag = service.get(target).headers["ETag"]
        for header in (tag, "*", f'"x", {tag}', f"{tag} , W/\"y\""):
            answer = service.get(target, If_Match=header, Range="bytes=0-9")
            equal((answer.status, answer.body), (206, BYTES[:10]), header)
        for header in ('"x"', "W/" + tag, tag.strip('"'), f'"x", "{tag.strip(chr(34))}x"'):
            answer = service.get(target, If_Match=header, Range="bytes=0-9")
            equal(answer.status, 412, header)
            assert BYTES[:10] not in answer.body


def test_if_none_match_answers_304():
    with store() as service:
        target = service.signed("abc/output.zip")
        tag = service.get(target).headers["ETag"]
        answer = service.get(target, If_None_Match=tag)
        equal((answer.status, answer.body, answer.headers["ETag"]), (304, b"", tag))
        equal(service.get(target, If_None_Match='"x"').status, 200)


def test_if_range_gives_the_whole_of_another_version():
    with store() as service:
        target = service.signed("abc/output.zip")
        first = service.get(target)
        for good in (first.headers["ETag"], first.headers["Last-Modified"]):
            equal(service.get(target, If_Range=good, Range="bytes=0-9").status, 206, good)
        answer = service.get(target, If_Range='"x"', Range="bytes=0-9")
        equal((answer.status, answer.body), (200, BYTES))


def test_the_etag_is_strong_and_changes_with_the_object():
    with store() as service:
        target = service.signed("abc/output.zip")
        tags = [service.get(target).headers["ETag"] for _ in range(2)]
        assert tags[0].startswith('"') and tags[0].endswith('"'), tags[0]
        equal(tags[0], tags[1])
        service.write("abc/output.zip", content(SIZE)) # the same bytes, but another version
        answer = service.get(target, If_Match=tags[0])
        equal(answer.status, 412)
        tags.append(service.get(target).headers["ETag"])
        file = service.root / "abc/output.zip"
        before = file.stat().st_mtime_ns

        def write_in_place():
            file.write_bytes(content(SIZE))
            return file.stat().st_mtime_ns != before # the clock of files is coarse

        eventually(write_in_place)
        tags.append(service.get(target).headers["ETag"])
        equal(len(set(tags)), 3, "the number of versions")


def test_the_store_takes_reads_alone():
    with store() as service:
        target = service.signed("abc/output.zip")
        for method in ("PUT", "POST", "DELETE"):
            answer = service.request(method, target)
            equal((answer.status, answer.headers["Allow"]), (405, "GET, HEAD"), method)


def test_an_object_that_is_gone():
    with store() as service:
        target = service.signed("abc/output.zip")
        (service.root / "abc/output.zip").unlink()
        answer = service.get(target)
        equal(answer.status, 404)
        assert b"<Code>NoSuchKey</Code>" in answer.body
        equal(answer.headers["Content-Type"], "application/xml; charset=UTF-8")
