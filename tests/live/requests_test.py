"""Requests to a machine, and the ways a connection ends."""
import json
import time

from support import CLOSE, CLOSED, SEND, Live, Service, equal, eventually


def test_requests_one_after_the_other():
    with Service() as service, Live() as live:
        service.write("stdout.txt", "one\ntwo\n")
        service.write("folder/a b", "x")
        service.tracker()
        live.connect(service)
        for _ in range(3):
            equal(live.ask("tail", filename="stdout.txt", lines=1), {"status": "success", "message": ["two"]})
        names = live.ask("ls")["message"]
        assert {"folder": ["a b"]} in names and "stdout.txt" in names and len(names) == 2, names
        assert live.ask("top")["message"].startswith("top - ")
        assert live.ask("last_modified_file")["message"]["most_recent_file"].endswith("/folder/a b")
        equal(live.ask("tail", filename="no"), {"status": "error", "message": "File not found: no"})
        equal(live.ask("nonsense"), {"status": "invalid", "message": "Unknown operation type: nonsense"})
        equal(service.counts(), [1, 1, 8])


def test_an_empty_file_is_silence():
    with Service() as service, Live() as live:
        service.write("stderr.txt", "")
        service.tracker()
        live.connect(service)
        live.request("tail", filename="stderr.txt")
        live.expect_nothing(1, 1.5)
        equal(live.ask("ls")["message"], ["stderr.txt"])


def test_a_follow_tells_what_is_appended():
    with Service() as service, Live() as live:
        service.write("stdout.txt", "one\n")
        service.tracker()
        live.connect(service)
        live.request("tail", follow=True, filename="stdout.txt", lines=10)
        equal(live.message()["message"], ["one"])
        live.expect_nothing(1, 1.2)
        service.append("stdout.txt", "two\nthree\n")
        began = time.monotonic()
        equal(live.message()["message"], ["two", "three"])
        assert time.monotonic() - began < 2.5


def test_a_file_that_is_truncated_ends_the_follow_in_silence():
    with Service() as service, Live() as live:
        service.write("stdout.txt", "one\ntwo\n")
        service.tracker()
        live.connect(service)
        live.request("tail", follow=True, filename="stdout.txt")
        equal(live.message()["message"], ["one", "two"])
        service.write("stdout.txt", "x\n")
        equal(live.message()["message"], ["one", "two"]) # once more, and then no more
        service.append("stdout.txt", "three\n" * 10)
        live.expect_nothing(1, 2.5)


def test_close_ends_it_on_both_sides():
    with Service() as service, Live() as live:
        service.tracker()
        live.connect(service)
        live.write(CLOSE, 1)
        equal(live.expect(CLOSED, 1), b"closed")
        eventually(lambda: service.counts()[0] == 0, 5)
        live.connect(service) # the number is free again
        live.ask("ls")
        equal(service.counts()[:2], [1, 2])


def test_the_end_of_the_mount_ends_the_connections():
    with Service() as service:
        service.tracker()
        with Live() as live:
            live.connect(service)
        eventually(lambda: service.counts()[0] == 0, 5)


def test_a_machine_that_closes():
    with Service() as service, Live() as live:
        service.tracker("--close-after", 1)
        live.connect(service)
        live.ask("ls")
        why = live.expect(CLOSED, 1)
        assert b"the machine has" in why, why


def test_a_machine_that_is_gone():
    """Nothing says so but that it no longer answers: consent is over after 56 s at most."""
    with Service() as service, Live() as live:
        service.write("stdout.txt", "one\n")
        service.tracker("--exit-after", 1)
        live.connect(service)
        live.request("tail", follow=True, filename="stdout.txt")
        equal(live.message()["message"], ["one"])
        equal(live.expect(CLOSED, 1, 80), b"the machine no longer answers")


def test_taskfs_live_that_is_killed_harms_nobody():
    """At any moment: before the channel, while a message arrives, in a follow."""
    with Service() as service:
        service.write("stdout.txt", "one\n" * 100000)
        service.tracker()
        for n in range(12):
            with Live() as live:
                live.offer(2)
                live.connect(service)
                live.request("tail", follow=True, filename="stdout.txt", lines=1000000)
                if n % 3 > 0:
                    live.next(1)
                if n % 3 > 1:
                    live.raw_message()
                live.kill()
        with Live() as live:
            live.connect(service)
            equal(live.ask("ls")["message"], ["stdout.txt"])
        eventually(lambda: service.counts()[0] == 0, 60) # it has noticed that they are gone


def test_several_clients_at_once():
    with Service() as service, Live() as one, Live() as other:
        service.write("stdout.txt", "one\n")
        service.tracker()
        one.connect(service)
        other.connect(service)
        one.request("tail", follow=True, filename="stdout.txt")
        equal(other.ask("ls")["message"], ["stdout.txt"])
        one.message()
        equal(service.counts()[:2], [2, 2])


def test_text_that_is_not_ascii():
    with Service() as service, Live() as live:
        service.write("stdout.txt", "Grüße 🎉\n")
        service.tracker()
        live.connect(service)
        live.write(SEND, 1, json.dumps({"type": "tail", "args": {"filename": "stdout.txt"}}))
        raw = live.raw_message()
        assert raw.isascii(), raw
        equal(json.loads(raw)["message"], ["Grüße 🎉"])


def test_messages_that_are_no_text_and_channels_of_the_machine():
    """They are passed on as they are, and what comes on other channels is not."""
    with Service() as service, Live() as live:
        service.tracker("--odd")
        live.connect(service)
        for _ in range(2):
            live.request("ls")
            equal(live.raw_message(), b"")
            equal(live.raw_message(), b"\xff\0bytes")
            equal(live.message(), {"status": "success", "message": []})


def test_a_long_request():
    """It is more than one packet, and the answer as well."""
    with Service() as service, Live() as live:
        service.tracker()
        live.connect(service)
        name = "n" * 200000
        live.write(SEND, 1, json.dumps({"type": name, "args": {}}))
        equal(live.message()["message"], f"Unknown operation type: {name}")


def test_a_lossy_network():
    with Service() as service, Live() as live:
        service.write("stdout.txt", "".join(f"line {i}\n" for i in range(5000)))
        service.tracker("--loss", 5)
        live.connect(service)
        for _ in range(3):
            got = live.ask("tail", filename="stdout.txt", lines=100000)["message"]
            equal(got, [f"line {i}" for i in range(5000)])


def test_frames_of_connections_that_are_closed_are_ignored():
    with Service() as service, Live() as live:
        service.tracker()
        for kind in (CLOSE, SEND, 3):
            live.write(kind, 7, b"" if kind == CLOSE else b"x")
        live.connect(service)
        assert not live.frames.get(7)
        live.ask("ls")
