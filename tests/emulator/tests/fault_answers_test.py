"""Faults that delay or replace an answer."""
import time
from email.utils import parsedate_to_datetime

from service import Emulator, Waiting, content, equal, eventually

BYTES = content(1000)


def service_of(**fields):
    service = Emulator()
    service.task("abc", fields, output=BYTES)
    return service


def test_a_delay_keeps_the_answer_back():
    with service_of() as service:
        rule = service.fault("delay", {"kind": "status"}, seconds=0.3)
        began = time.monotonic()
        answer = service.api("/tasks/abc/status")
        assert time.monotonic() - began >= 0.3
        equal((answer.status, answer.json()["id"]), (200, "abc"))
        equal(service.hits(rule), 1)


def test_delays_add_up():
    with service_of() as service:
        service.fault("delay", seconds=0.2)
        service.fault("delay", seconds=0.2)
        began = time.monotonic()
        service.api("/tasks/abc")
        assert time.monotonic() - began >= 0.4


def test_a_delay_holds_nobody_else():
    with service_of() as service:
        rule = service.fault("delay", {"kind": "status"}, seconds=3600)
        waiting = Waiting(service, "GET", "/tasks/abc/status", {"X-API-Key": "k"})
        eventually(lambda: service.stats()["requests_waiting"] == 1)
        equal(service.api("/tasks/abc").status, 200)
        service.control("DELETE", f"faults/{rule}") # a request continues when its rule is removed
        equal(waiting.end().status, 200)


def test_a_date_of_another_clock():
    with service_of() as service:
        for seconds in (7200, -7200, 0):
            service.fault("date", seconds=seconds)
            for answer in (service.api("/tasks/abc"), service.get(service.signed("abc/output.zip"))):
                dates = answer.headers.get_all("Date")
                equal(len(dates), 1, dates)
                ahead = parsedate_to_datetime(dates[0]).timestamp() - time.time()
                assert abs(ahead - seconds) < 5, (seconds, dates)
            service.control("DELETE", "faults")


def test_a_status_in_place_of_the_answer():
    with service_of() as service:
        target = service.signed("abc/output.zip")
        rule = service.fault("status", code=503)
        answer = service.api("/tasks/abc")
        equal((answer.status, answer.json()), (503, {"detail": "a deliberate error"}))
        equal(answer.headers["Content-Type"], "application/json")
        equal(answer.headers["Retry-After"], None)
        answer = service.get(target)
        equal((answer.status, answer.headers["Content-Type"]), (503, "application/xml; charset=UTF-8"))
        assert answer.body.startswith(b"<?xml") and BYTES not in answer.body
        equal(service.hits(rule), 2)


def test_a_status_with_all_that_goes_with_it():
    with service_of() as service:
        service.fault("status", code=429, retry_after=7, body="slow down", content_type="text/plain",
                      count=1)
        answer = service.api("/tasks/abc")
        equal((answer.status, answer.body), (429, b"slow down"))
        equal((answer.headers["Retry-After"], answer.headers["Content-Type"]), ("7", "text/plain"))
        service.fault("status", code=429, count=1, body={"a": [1]},
                      retry_after="Wed, 21 Oct 2015 07:28:00 GMT")
        answer = service.api("/tasks/abc")
        equal((answer.json(), answer.headers["Content-Type"]), ({"a": [1]}, "application/json"))
        equal(answer.headers["Retry-After"], "Wed, 21 Oct 2015 07:28:00 GMT")


def test_a_status_keeps_the_call_from_being_carried_out():
    with service_of(status="started") as service:
        service.fault("status", {"kind": "kill"}, code=500, count=1)
        equal(service.api("/tasks/abc/kill", "POST").status, 500)
        equal(service.field("abc", "status"), "started")


def test_a_redirect():
    with service_of() as service:
        rule = service.fault("redirect", location="http://127.0.0.1:1/x", count=1)
        answer = service.api("/tasks/abc")
        equal((answer.status, answer.headers["Location"]), (302, "http://127.0.0.1:1/x"))
        equal(answer.body, b"")
        equal(service.hits(rule), 1)
        service.fault("redirect", location="/y", code=307, count=1)
        answer = service.api("/tasks/abc")
        equal((answer.status, answer.headers["Location"]), (307, "/y"))


def test_a_drop_answers_nothing():
    with service_of(status="started") as service:
        rule = service.fault("drop", {"kind": ["task", "kill"]})
        answer = service.api("/tasks/abc")
        equal((answer.status, answer.end), (0, "nothing"))
        equal(service.api("/tasks/abc/kill", "POST").status, 0)
        equal(service.hits(rule), 2)
        service.control("DELETE", "faults")
        equal(service.field("abc", "status"), "started")


def test_a_drop_with_a_reset():
    with service_of() as service:
        service.fault("drop", reset=True, count=1)
        answer = service.api("/tasks/abc")
        equal((answer.status, answer.end), (0, "reset"))


def test_stalled_headers_come_when_the_time_is_over():
    with service_of() as service:
        rule = service.fault("stall_headers", {"kind": "task"}, seconds=0.3)
        began = time.monotonic()
        equal(service.field("abc", "task_id"), "abc")
        assert time.monotonic() - began >= 0.3
        equal(service.hits(rule), 1)


def test_stalled_headers_come_when_the_rule_is_cleared():
    with service_of() as service:
        rule = service.fault("stall_headers", {"kind": "task"})
        waiting = Waiting(service, "GET", "/tasks/abc", {"X-API-Key": "k"})
        eventually(lambda: service.stats()["requests_waiting"] == 1)
        service.control("DELETE", f"faults/{rule}")
        answer = waiting.end()
        equal((answer.status, answer.json()["task_id"]), (200, "abc"))
        equal(service.stats()["requests_waiting"], 0)


def test_a_stall_ends_with_its_client():
    with service_of() as service:
        service.fault("stall_headers", {"kind": "task"})
        connection = service.send("GET", "/tasks/abc", {"X-API-Key": "k"})
        eventually(lambda: service.stats()["requests_waiting"] == 1)
        connection.close()
        eventually(lambda: service.stats()["requests_waiting"] == 0)
        line = service.log(kind="task")[0]
        equal((line["status"], line["complete"], line["bytes"]), (0, False, 0))


def test_other_json_as_the_body():
    with service_of() as service:
        target = service.signed("abc/output.zip")
        rule = service.fault("json", body={"task_id": 5})
        answer = service.api("/tasks/abc")
        equal((answer.status, answer.json()), (200, {"task_id": 5}))
        equal(answer.headers["Content-Type"], "application/json")
        equal(service.get(target).body, BYTES, "an object")
        equal(service.hits(rule), 2)
        service.control("DELETE", "faults")
        service.fault("json", body="a text")
        equal(service.api("/tasks/abc").body, b'"a text"')


def test_a_body_that_is_no_json():
    with service_of() as service:
        service.fault("not_json", body="<html>down</html>", count=1)
        answer = service.api("/tasks/abc")
        equal((answer.status, answer.body), (200, b"<html>down</html>"))
        equal(answer.headers["Content-Type"], "text/html")
        service.fault("not_json", body="x", content_type="application/json", count=1)
        equal(service.api("/tasks/abc").headers["Content-Type"], "application/json")


def test_json_that_ends_too_early():
    with service_of() as service:
        whole = service.api("/tasks/abc").body
        service.fault("cut_json", after=20, count=1)
        answer = service.api("/tasks/abc")
        equal((answer.body, answer.end), (whole[:20], "whole"))
        equal(answer.headers["Content-Length"], "20")
        service.fault("cut_json", after=len(whole))
        equal(service.api("/tasks/abc").body, whole)
