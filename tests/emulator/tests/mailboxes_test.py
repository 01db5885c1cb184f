"""The calls that connect a client with the program on the machine of a running task."""
import json
import time

from service import KEY, Emulator, Waiting, equal, eventually

CLIENT = "0b0c1d1e-0000-4000-8000-000000000001"
JSON = "application/json"


def running():
    return Emulator(tasks={"abc": {"status": "computation-started"}, "other": {}})


def post(service, call, body, task="abc", content_type=JSON):
    return service.request("POST", f"/tasks/{task}/{call}", {"X-API-Key": KEY, "Content-Type": content_type},
                           body if isinstance(body, (str, bytes)) else json.dumps(body))


def register(service, sender=CLIENT, task="abc"):
    answer = post(service, "register", {"sender_id": sender}, task)
    equal((answer.status, answer.json()), (200, None))


def offer(service, receiver="abc", sender=CLIENT, kind="offer", sdp="v=0\r\n", task="abc", **more):
    body = {"sender_id": sender, "receiver_id": receiver, "type": kind, "sdp": sdp, **more}
    answer = post(service, "offer", body, task)
    equal((answer.status, answer.json()), (200, None))
    return body


def message_target(client=CLIENT, block_s=0, task="abc"):
    return f"/tasks/{task}/message?client={client}" + ("" if block_s is None else f"&block_s={block_s}")


def message(service, *arguments, **more):
    return service.api(message_target(*arguments, **more))


def wait_for_message(service, client=CLIENT, block_s=None):
    waiting = Waiting(service, "GET", message_target(client, block_s), {"X-API-Key": KEY})
    eventually(lambda: service.stats()["requests_waiting"] > 0)
    return waiting


def test_messages_come_in_their_order_and_once():
    with running() as service:
        register(service)
        sent = [offer(service, CLIENT, "abc", "answer", f"v={i}") for i in range(3)]
        equal([message(service).json() for _ in sent], sent)
        answer = message(service)
        equal((answer.status, answer.body), (204, b""))


def test_an_offer_waits_for_the_machine():
    with running() as service:
        sent = offer(service, unknown_member=[1])
        register(service, "abc")
        equal(message(service, "abc").json(), sent)


def test_registering_again_keeps_what_is_there():
    with running() as service:
        register(service)
        offer(service, CLIENT, "abc", "answer")
        register(service)
        equal(message(service).status, 200)


def test_a_mailbox_has_one_task():
    with running() as service:
        register(service)
        equal(message(service, task="other").status, 404)
        register(service, task="other")
        offer(service, CLIENT, "abc", "answer")
        equal(message(service, task="other").status, 204)


def test_a_message_ends_the_wait():
    with running() as service:
        register(service)
        waiting = wait_for_message(service)
        sent = offer(service, CLIENT, "abc", "answer")
        equal(waiting.end().json(), sent)
        assert waiting.seconds < 9, waiting.seconds


def test_one_message_goes_to_one_of_two_who_wait():
    with running() as service:
        register(service)
        both = [wait_for_message(service, block_s=1) for _ in range(2)]
        offer(service, CLIENT, "abc", "answer")
        equal(sorted(waiting.end().status for waiting in both), [200, 204])


def test_a_wait_ends_after_block_s():
    with running() as service:
        register(service)
        waiting = wait_for_message(service, block_s=1)
        equal(waiting.end().status, 204)
        assert 0.9 < waiting.seconds < 5, waiting.seconds


def test_a_client_that_leaves_takes_no_message():
    with running() as service:
        register(service)
        waiting = wait_for_message(service)
        waiting.connection.sock.shutdown(2)
        eventually(lambda: service.stats()["requests_waiting"] == 0)
        offer(service, CLIENT, "abc", "answer")
        equal(message(service).status, 200)
        waiting.end()


def test_a_wait_ends_with_the_emulator():
    with running() as service:
        register(service)
        wait_for_message(service, block_s=60)


def test_what_is_sent_to_nobody_is_dropped():
    with running() as service:
        offer(service, CLIENT, "abc", "answer")
        register(service)
        equal(message(service).status, 204)
        equal(service.stats()["mailbox_messages"], 0)


def test_who_has_not_registered_has_no_mailbox():
    with running() as service:
        answer = message(service)
        equal((answer.status, answer.detail()), (404, f"Client {CLIENT} is not registered"))


def test_a_task_that_is_not_there():
    with running() as service:
        for answer in (post(service, "register", {"sender_id": CLIENT}, "none"),
                       post(service, "offer", {"sender_id": CLIENT}, "none"),
                       message(service, task="none")):
            equal((answer.status, answer.detail()), (404, "Task none not found"))


def test_a_key_is_needed():
    with running() as service:
        equal(service.api(message_target(), key=None).status, 401)
        equal(service.request("POST", "/tasks/abc/register", {"Content-Type": JSON}, "{}").status, 401)


def test_methods():
    with running() as service:
        equal(service.api("/tasks/abc/register").status, 405)
        equal(service.api("/tasks/abc/offer").status, 405)
        equal(service.api(message_target(), "POST").status, 405)


def mistakes(answer):
    equal(answer.status, 422)
    return [(mistake["type"], mistake["loc"]) for mistake in answer.detail()]


def test_bodies_that_are_wrong():
    with running() as service:
        equal(mistakes(post(service, "register", {})), [("missing", ["body", "sender_id"])])
        equal(mistakes(post(service, "register", {"sender_id": None})), [("string_type", ["body", "sender_id"])])
        equal(mistakes(post(service, "register", {"sender_id": 1, "sdp": 2, "type": None})),
              [("string_type", ["body", "sender_id"]), ("string_type", ["body", "sdp"])])
        equal(mistakes(post(service, "register", "{")), [("json_invalid", ["body"])])
        equal(mistakes(post(service, "register", "[]")), [("model_attributes_type", ["body"])])
        equal(mistakes(post(service, "register", "null")), [("model_attributes_type", ["body"])])
        equal(mistakes(post(service, "register", "")), [("missing", ["body"])])
        equal(mistakes(post(service, "register", {"sender_id": "a"}, content_type="text/plain")),
              [("model_attributes_type", ["body"])])
        equal(post(service, "register", {"sender_id": "a"}, content_type=JSON + "; charset=utf-8").status, 200)
        equal(mistakes(post(service, "offer", {"sender_id": CLIENT, "sdp": None})),
              [("missing", ["body", "receiver_id"]), ("missing", ["body", "type"]),
               ("string_type", ["body", "sdp"])])


def test_queries_that_are_wrong():
    with running() as service:
        equal(mistakes(service.api("/tasks/abc/message")), [("missing", ["query", "client"])])
        for value, kind in (("61", "less_than_equal"), ("-1", "greater_than_equal"), ("x", "int_parsing")):
            equal(mistakes(message(service, block_s=value)), [(kind, ["query", "block_s"])], value)


def test_the_tracker_sends_nulls():
    with running() as service:
        answer = post(service, "register", {"sender_id": "abc", "receiver_id": None, "type": None, "sdp": None})
        equal(answer.status, 200)


def test_a_mailbox_keeps_the_newest():
    with running() as service:
        register(service)
        for i in range(70):
            offer(service, CLIENT, "abc", "answer", str(i))
        equal(service.stats()["mailbox_messages"], 64)
        equal(message(service).json()["sdp"], "6")


def test_mailboxes_are_bounded():
    with running() as service:
        connection = service.send("GET", "/version-check", {"Connection": "keep-alive"})
        connection.getresponse().read()
        for i in range(1030):
            connection.request("POST", "/tasks/abc/register", json.dumps({"sender_id": f"c{i}"}),
                               {"X-API-Key": KEY, "Content-Type": JSON})
            equal(connection.getresponse().read(), b"null")
        connection.close()
        equal(service.stats()["mailboxes"], 1024)
        equal(message(service, "c5").status, 404)
        equal(message(service, "c6").status, 204)


def test_an_offer_can_be_lost():
    with running() as service:
        register(service, "abc")
        rule = service.fault("lose", {"kind": "offer", "body_has": '"type": "offer"'}, count=1)
        offer(service)
        equal(message(service, "abc").status, 204)
        register(service)
        offer(service, CLIENT, "abc", "answer")
        equal(message(service).status, 200)
        sent = offer(service, sdp="another")
        equal(message(service, "abc").json(), sent)
        equal(service.hits(rule), 1)


def test_the_log_has_the_calls():
    with running() as service:
        register(service)
        offer(service)
        message(service)
        equal([(line["kind"], line["task"], line["status"]) for line in service.log()],
              [("register", "abc", 200), ("offer", "abc", 200), ("message", "abc", 204)])
        assert "v=0" not in (service.folder / "log").read_text()


def test_sync_does_not_wait_for_long_polls():
    with running() as service:
        register(service)
        waiting = wait_for_message(service)
        began = time.monotonic()
        equal(service.control("GET", "sync").json(), {"idle": True})
        assert time.monotonic() - began < 4
        offer(service, CLIENT, "abc", "answer")
        waiting.end()
