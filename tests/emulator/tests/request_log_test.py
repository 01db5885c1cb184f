"""The request log and the counters, which other tests rely on."""
import json
import time

from service import Emulator, Waiting, content, equal, eventually

KEYS = {"t", "seconds", "seq", "conn", "method", "path", "query", "range", "status", "bytes", "kind", "task",
        "key", "user_agent", "complete"}
SIZE = 300_000


def service_of():
    service = Emulator()
    service.task("abc", output=content(SIZE))
    return service


def test_a_line_says_what_was_asked_and_answered():
    with service_of() as service:
        before = time.time()
        answer = service.request("GET", "/tasks/abc?x=%20y", {"X-API-Key": "k", "User-Agent": "me/1"})
        line, = service.log()
        equal(set(line), KEYS)
        for key, value in (("method", "GET"), ("path", "/tasks/abc"), ("query", "x=%20y"), ("range", None),
                           ("status", 200), ("bytes", len(answer.body)), ("kind", "task"), ("key", True),
                           ("task", "abc"), ("user_agent", "me/1"), ("complete", True)):
            equal(line[key], value, key)
        assert before - 0.1 <= line["t"] <= time.time(), line["t"]
        assert 0 <= line["seconds"] < 15, line["seconds"]


def test_a_line_for_every_kind_of_request():
    with service_of() as service:
        target = service.signed("abc/output.zip")
        for call in ("/tasks", "/tasks/abc/status", "/tasks/abc/metadata", "/users/fees", "/projects",
                     "/projects/default", "/version-check?client_version=1", "/nothing",
                     "/storage/zip-contents?path=abc/output.zip"):
            service.api(call)
        service.api("/tasks/abc/kill", "POST")
        service.get(target, Range="bytes=5-9")
        seen = [(line["kind"], line["task"]) for line in service.log()]
        equal(seen, [("signed-url", "abc"), ("list", None), ("status", "abc"), ("metadata", "abc"),
                     ("fees", None), ("projects", None), ("project", None), ("version", None),
                     ("other", None), ("zip-contents", "abc"), ("kill", "abc"), ("object", "abc")])
        line = service.log(kind="object")[0]
        equal((line["range"], line["status"], line["bytes"], line["key"]), ("bytes=5-9", 206, 5, False))


def test_refusals_are_logged():
    with service_of() as service:
        service.api("/tasks/abc", key=None)
        service.api("/tasks/none")
        service.get("/storage/abc/output.zip")
        service.request("HEAD", service.signed("abc/output.zip"))
        equal([line["status"] for line in service.log()], [401, 404, 403, 200, 200])
        equal(service.log(method="HEAD")[0]["bytes"], 0)


def test_numbers_of_requests_and_connections():
    with service_of() as service:
        connection = service.send("GET", "/tasks/abc", {"X-API-Key": "k"})
        connection.getresponse().read()
        connection.request("GET", "/tasks", headers={"X-API-Key": "k"})
        connection.getresponse().read()
        connection.close()
        service.api("/tasks/abc/status")
        lines = service.log()
        equal([line["seq"] for line in lines], [1, 2, 3])
        assert lines[0]["conn"] == lines[1]["conn"] != lines[2]["conn"], lines


def test_what_was_not_sent_is_not_complete():
    with service_of() as service:
        target = service.signed("abc/output.zip")
        service.fault("drop", {"kind": "task"})
        service.fault("cut", {"kind": "object"}, after=200_000)
        service.api("/tasks/abc")
        service.get(target)
        dropped, cut = service.log(kind="task") + service.log(kind="object")
        equal((dropped["status"], dropped["bytes"], dropped["complete"]), (0, 0, False))
        equal((cut["status"], cut["bytes"], cut["complete"]), (200, 200_000, False))


def test_the_order_is_that_of_the_ends():
    with service_of() as service:
        rule = service.fault("stall_headers", {"kind": "task"})
        waiting = Waiting(service, "GET", "/tasks/abc", {"X-API-Key": "k"})
        eventually(lambda: service.stats()["requests_waiting"] == 1)
        service.api("/tasks")
        equal([line["kind"] for line in service.log_as_written()], ["list"])
        service.control("DELETE", f"faults/{rule}")
        waiting.end()
        lines = service.log_as_written()
        equal([(line["kind"], line["seq"] < lines[0]["seq"]) for line in lines],
              [("list", False), ("task", True)])
        assert lines[1]["seconds"] >= lines[0]["seconds"]


def test_what_a_client_sends_cannot_break_a_line():
    with service_of() as service:
        service.raw(b'GET /tasks/a"b%0Ac\xfc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'
                    b'User-Agent: quote " back \\ \xe9\r\nRange: x=\x7f\r\n\r\n')
        text = (service.folder / "log").read_bytes()
        line, = service.log()
        equal(text.count(b"\n"), 1)
        equal((line["path"], line["task"]), ('/tasks/a"b%0Ac?', 'a"b\nc?'))
        equal((line["user_agent"], line["range"]), ('quote " back \\ ?', "x=?"))


def test_control_calls_are_logged_as_such():
    with service_of() as service:
        service.control("GET", "stats")
        service.control("POST", "task/abc", {})
        log = service.folder / "log"
        eventually(lambda: log.read_text().count("\n") == 2) # sync does not wait for these
        lines = sorted(map(json.loads, log.read_text().splitlines()), key=lambda line: line["seq"])
        equal([(line["kind"], line["task"]) for line in lines], [("control", None), ("control", "abc")])


def test_the_counters():
    with service_of() as service:
        service.api("/tasks")
        body = len(service.api("/tasks/abc").body) + len(service.api("/tasks").body) * 2
        equal(service.control("GET", "sync").json(), {"idle": True})
        stats = service.stats()
        equal((stats["requests"]["list"], stats["requests"]["task"], stats["requests"]["object"]), (2, 1, 0))
        equal((stats["tasks"], stats["requests_active"], stats["requests_waiting"]), (1, 0, 0))
        assert stats["connections_total"] >= 4 and stats["connections_active"] >= 1, stats
        assert stats["body_bytes"] >= body, (stats["body_bytes"], body)
        assert stats["uptime_seconds"] > 0


def test_sync_does_not_wait_for_what_is_stalled():
    with service_of() as service:
        service.fault("stall_headers", {"kind": "task"})
        waiting = Waiting(service, "GET", "/tasks/abc", {"X-API-Key": "k"})
        eventually(lambda: service.stats()["requests_waiting"] == 1)
        began = time.monotonic()
        equal(service.control("GET", "sync").json(), {"idle": True})
        assert time.monotonic() - began < 4, "it has waited"
        service.control("DELETE", "faults")
        waiting.end()


def test_the_log_goes_on_after_a_restart():
    with service_of() as service:
        service.api("/tasks")
        service.stop()
        service.start()
        service.api("/tasks/abc")
        equal([line["kind"] for line in service.log_as_written()], ["list", "task"])
