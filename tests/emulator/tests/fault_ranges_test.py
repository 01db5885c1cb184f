"""Faults of the object store: wrong ranges, tags and encodings."""
from service import Emulator, content, equal

SIZE = 1000
BYTES = content(SIZE)


def store():
    service = Emulator()
    service.task("abc", output=BYTES)
    return service


def test_a_short_range_is_honest():
    with store() as service:
        target = service.signed("abc/output.zip")
        rule = service.fault("short_range", bytes=10)
        answer = service.get(target, Range="bytes=100-199")
        equal((answer.status, answer.body, answer.end), (206, BYTES[100:110], "whole"))
        equal(answer.headers["Content-Range"], "bytes 100-109/1000")
        answer = service.get(target, Range="bytes=100-104")
        equal((answer.body, answer.headers["Content-Range"]), (BYTES[100:105], "bytes 100-104/1000"))
        equal(service.get(target).body, BYTES, "the whole")
        equal(service.hits(rule), 3)


def test_a_wrong_range_says_what_it_is():
    cases = [ # shift, asked for, first byte of what comes
        (50, "bytes=100-199", 150),
        (-50, "bytes=100-199", 50),
        (50, "bytes=900-999", 850), # the object ends before
        (-50, "bytes=0-99", 50),
    ]
    for shift, header, first in cases:
        with store() as service:
            target = service.signed("abc/output.zip")
            rule = service.fault("wrong_range", shift=shift)
            answer = service.get(target, Range=header)
            equal(answer.status, 206)
            equal(answer.headers["Content-Range"], f"bytes {first}-{first + 99}/1000", (shift, header))
            equal(answer.body, BYTES[first:first + 100], (shift, header))
            equal(service.hits(rule), 1)
            equal(service.get(target).body, BYTES, "the whole")


def test_a_lying_range_has_other_bytes():
    cases = [ # shift, asked for, first byte of what comes
        (50, "bytes=100-199", 150),
        (-50, "bytes=100-199", 50),
        (50, "bytes=900-999", 950), # continues at the start of the object
        (2050, "bytes=100-199", 150),
    ]
    for shift, header, first in cases:
        with store() as service:
            target = service.signed("abc/output.zip")
            rule = service.fault("lying_range", shift=shift)
            answer = service.get(target, Range=header)
            asked = header.removeprefix("bytes=")
            equal((answer.status, answer.headers["Content-Range"]), (206, f"bytes {asked}/1000"))
            equal(answer.body, (BYTES + BYTES)[first:first + 100], (shift, header))
            equal(service.hits(rule), 1)


def test_range_is_ignored():
    with store() as service:
        target = service.signed("abc/output.zip")
        service.fault("ignore_range", count=2)
        for header in ("bytes=100-199", "bytes=5000-"):
            answer = service.get(target, Range=header)
            equal((answer.status, answer.body), (200, BYTES), header)
            equal(answer.headers["Content-Range"], None)
        equal(service.get(target, Range="bytes=100-199").status, 206)


def test_suffixes_are_refused():
    with store() as service:
        target = service.signed("abc/output.zip")
        for more, status in (({}, 416), ({"code": 501}, 501)):
            rule = service.fault("no_suffix", **more)
            answer = service.get(target, Range="bytes=-10")
            equal(answer.status, status)
            equal(answer.headers["Content-Range"], "bytes */1000")
            assert BYTES[-10:] not in answer.body
            equal(service.get(target, Range="bytes=990-999").body, BYTES[990:])
            equal(service.hits(rule), 2)
            service.control("DELETE", "faults")


def test_suffixes_are_answered_with_the_whole():
    with store() as service:
        target = service.signed("abc/output.zip")
        service.fault("no_suffix", code=200)
        answer = service.get(target, Range="bytes=-10")
        equal((answer.status, answer.body, answer.headers["Content-Range"]), (200, BYTES, None))
        equal(service.get(target, Range="bytes=990-999").status, 206)


def test_suffixes_are_refused_without_a_size():
    with store() as service:
        target = service.signed("abc/output.zip")
        service.fault("no_suffix", no_total=True)
        answer = service.get(target, Range="bytes=-10")
        equal((answer.status, answer.headers["Content-Range"]), (416, None))


def test_long_suffixes_are_refused():
    with store() as service:
        target = service.signed("abc/output.zip")
        service.fault("no_suffix", longer=True)
        equal(service.get(target, Range="bytes=-1000").body, BYTES)
        answer = service.get(target, Range="bytes=-1001")
        equal((answer.status, answer.headers["Content-Range"]), (416, "bytes */1000"))


def test_another_etag():
    for value, shown in (("new", '"new"'), ('"quoted"', '"quoted"'), ('W/"weak"', 'W/"weak"')):
        with store() as service:
            target = service.signed("abc/output.zip")
            real = service.get(target).headers["ETag"]
            service.fault("etag", value=value, count=3)
            equal(service.get(target).headers["ETag"], shown)
            equal(service.get(target, If_Match=real).status, 412)
            equal(service.get(target, If_Match=shown).status, 200)
            equal(service.get(target, If_Match=real).status, 200, "after its count")


def test_no_etag():
    with store() as service:
        target = service.signed("abc/output.zip")
        rule = service.fault("no_etag")
        answer = service.get(target, If_Match='"x"', Range="bytes=0-9")
        equal((answer.status, answer.headers["ETag"], answer.body), (206, None, BYTES[:10]))
        equal(service.hits(rule), 1)


def test_an_encoding_that_is_not_true():
    with store() as service:
        target = service.signed("abc/output.zip")
        service.fault("gzip_encoding", count=1)
        answer = service.get(target)
        equal((answer.headers["Content-Encoding"], answer.body), ("gzip", BYTES))
        equal(service.get(target).headers["Content-Encoding"], None)


def test_they_apply_only_to_objects():
    with store() as service:
        whole = service.api("/tasks/abc")
        for action, more in (("short_range", {"bytes": 1}), ("ignore_range", {}), ("no_suffix", {}),
                             ("gzip_encoding", {}), ("wrong_range", {"shift": 1}),
                             ("lying_range", {"shift": 1}), ("etag", {"value": "x"})):
            service.fault(action, **more)
        answer = service.api("/tasks/abc")
        equal((answer.status, answer.body), (200, whole.body))
        equal(answer.headers["Content-Encoding"], None)
