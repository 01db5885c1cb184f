"""Faults that cut, stall or change a body."""
import time

from service import Emulator, Waiting, content, equal, eventually

SIZE = 400_000 # several of the emulator's blocks
BYTES = content(SIZE)


def service_of(fields=None):
    service = Emulator()
    service.task("abc", fields, output=BYTES)
    return service


def test_a_cut_closes_after_so_many_bytes():
    for after in (0, 1, 131072, 131073, SIZE - 1):
        with service_of() as service:
            target = service.signed("abc/output.zip")
            rule = service.fault("cut", {"kind": "object"}, after=after, count=1)
            answer = service.get(target)
            equal((answer.status, answer.end), (200, "short"), after)
            assert answer.body == BYTES[:after], (after, len(answer.body))
            equal(answer.headers["Content-Length"], str(SIZE), after)
            equal(service.hits(rule), 1)
            line = service.log(kind="object")[0]
            equal((line["bytes"], line["complete"], line["status"]), (after, False, 200))
            answer = service.get(target)
            assert answer.body == BYTES, "after its count"


def test_a_cut_counts_from_where_the_body_begins():
    with service_of() as service:
        target = service.signed("abc/output.zip")
        service.fault("cut", {"kind": "object"}, after=10)
        answer = service.get(target, Range="bytes=1000-1999")
        equal((answer.status, answer.body, answer.end), (206, BYTES[1000:1010], "short"))
        equal(answer.headers["Content-Length"], "1000")


def test_a_cut_of_json():
    with service_of() as service:
        whole = service.api("/tasks/abc").body
        service.fault("cut", {"kind": "task"}, after=50)
        answer = service.api("/tasks/abc")
        equal((answer.body, answer.end), (whole[:50], "short"))


def test_past_the_end_nothing_happens():
    with service_of() as service:
        target = service.signed("abc/output.zip")
        for action in ("cut", "reset", "stall"):
            rule = service.fault(action, {"kind": "object"}, after=100)
            answer = service.get(target, Range="bytes=0-99")
            equal((answer.body, answer.end), (BYTES[:100], "whole"), action)
            equal(service.hits(rule), 1)
            service.control("DELETE", "faults")


def test_a_reset_comes_after_so_many_bytes():
    for after in (0, 1000, 200_000):
        with service_of() as service:
            target = service.signed("abc/output.zip")
            rule = service.fault("reset", {"kind": "object"}, after=after)
            answer = service.get(target)
            equal(answer.end, "reset", after)
            assert answer.body == BYTES[:after], (after, len(answer.body))
            equal(service.hits(rule), 1)
            line = service.log(kind="object")[0]
            equal((line["bytes"], line["complete"]), (after, False))


def test_a_stall_ends_after_its_time():
    with service_of() as service:
        target = service.signed("abc/output.zip")
        rule = service.fault("stall", {"kind": "object"}, after=1000, seconds=0.3)
        began = time.monotonic()
        answer = service.get(target)
        assert time.monotonic() - began >= 0.3
        assert answer.body == BYTES
        equal(service.hits(rule), 1)


def test_a_stall_has_sent_what_comes_before_it():
    for after in (0, 1000, 131072, 200_001):
        with service_of() as service:
            target = service.signed("abc/output.zip")
            rule = service.fault("stall", {"kind": "object"}, after=after)
            connection = service.send("GET", target)
            response = connection.getresponse() # the header has come
            equal(response.status, 200)
            body = b""
            while len(body) < after:
                body += response.read1(after - len(body))
            assert body == BYTES[:after], after
            eventually(lambda: service.stats()["requests_waiting"] == 1)
            connection.sock.settimeout(0.2)
            try:
                more = response.read1(1)
            except TimeoutError:
                more = None
            equal(more, None, "a byte during the stall")
            service.control("DELETE", f"faults/{rule}")
            connection.close()
            eventually(lambda: service.stats()["requests_waiting"] == 0)


def test_a_stall_ends_when_its_rule_is_cleared():
    with service_of() as service:
        target = service.signed("abc/output.zip")
        rule = service.fault("stall", {"kind": "object"}, after=1000)
        other = service.fault("stall", {"kind": "task"}, after=0)
        waiting = Waiting(service, "GET", target)
        eventually(lambda: service.stats()["requests_waiting"] == 1)
        service.control("DELETE", f"faults/{other}")
        equal(service.stats()["requests_waiting"], 1, "waiting, with another rule cleared")
        service.control("DELETE", f"faults/{rule}")
        answer = waiting.end()
        assert (answer.body, answer.end) == (BYTES, "whole")


def test_a_stall_ends_with_its_client():
    with service_of() as service:
        target = service.signed("abc/output.zip")
        service.fault("stall", {"kind": "object"}, after=1000)
        connection = service.send("GET", target)
        eventually(lambda: service.stats()["requests_waiting"] == 1)
        connection.close()
        eventually(lambda: service.stats()["requests_waiting"] == 0)
        line = service.log(kind="object")[0]
        equal((line["bytes"], line["complete"]), (1000, False))


def test_a_flipped_byte_is_one_of_the_object():
    at = 150_000
    with service_of() as service:
        target = service.signed("abc/output.zip")
        rule = service.fault("flip", {"kind": "object"}, at=at)
        wrong = bytearray(BYTES)
        wrong[at] ^= 1
        assert service.get(target).body == wrong
        for first, last in ((at, at), (at - 5, at + 5), (0, at), (at, SIZE - 1)):
            answer = service.get(target, Range=f"bytes={first}-{last}")
            assert answer.body == wrong[first:last + 1], (first, last)
        for first, last in ((at + 1, at + 9), (at - 9, at - 1)):
            answer = service.get(target, Range=f"bytes={first}-{last}")
            assert answer.body == BYTES[first:last + 1], (first, last)
        equal(service.hits(rule), 7)


def test_a_flip_of_other_bits():
    with service_of() as service:
        target = service.signed("abc/output.zip")
        service.fault("flip", {"kind": "object"}, at=3, xor=0x81)
        equal(service.get(target, Range="bytes=3-3").body, bytes([BYTES[3] ^ 0x81]))


def test_objects_alone_are_flipped():
    with service_of() as service:
        whole = service.api("/tasks/abc").body
        service.fault("flip", at=0)
        equal(service.api("/tasks/abc").body, whole)
