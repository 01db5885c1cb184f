"""What it costs: memory, and messages that are large."""
import os
import time

from support import CLOSE, CLOSED, MESSAGE, OFFER, OPEN, Live, Service, equal, eventually

MIB = 1 << 20
BOUNDS_MEMORY = os.environ["TASKFS_VARIANT"] == "plain"


def check_memory(live, most):
    if BOUNDS_MEMORY:
        got = live.memory()
        assert got < most, f"{got:.1f} MiB are resident, at most {most} expected"


def test_a_large_message_is_passed_on_in_parts():
    with Service() as service, Live() as live:
        service.tracker("--big", 16 * MIB)
        live.connect(service)
        live.request("top")
        size, last = 0, 0
        while not last:
            payload = live.expect(MESSAGE, 1, 60)
            assert len(payload) <= 64 * 1024, len(payload)
            last, size = payload[0], size + len(payload) - 1
            check_memory(live, 40)
        equal(size, 16 * MIB + len('{"status": "success", "message": ""}'))
        equal(live.ask("last_modified_file")["status"], "success")


def test_a_large_message_can_be_given_up():
    """As the mount does at its ceiling: of 100 MB little is read, and little kept."""
    with Service() as service, Live() as live:
        service.tracker("--big", 100 * 1000 * 1000)
        live.connect(service)
        live.request("top")
        size = 0
        while size < 4 * MIB:
            size += len(live.expect(MESSAGE, 1, 60)) - 1
        live.write(CLOSE, 1)
        while live.next(1)[0] == MESSAGE:
            pass
        check_memory(live, 40)
        eventually(lambda: service.counts()[0] == 0, 30)


def test_a_mount_that_does_not_read_stops_the_machine():
    with Service() as service, Live() as live:
        service.tracker("--big", 16 * MIB)
        live.connect(service)
        live.request("top")
        live.expect(MESSAGE, 1)
        time.sleep(3) # nothing is read in this time
        check_memory(live, 40)
        began = time.monotonic()
        size = 0
        while True:
            payload = live.expect(MESSAGE, 1, 60)
            size += len(payload) - 1
            if payload[0]:
                break
        assert size > 15 * MIB, size
        assert time.monotonic() - began > 0.5, "it has kept what nobody read"


def test_fifty_connections():
    with Service() as service, Live() as live:
        for i in range(5):
            service.task(f"t{i}")
            service.tracker(task=f"t{i}")
        for i in range(50):
            live.connect(service, i, f"t{i % 5}")
        for i in range(50):
            equal(live.ask("ls", i)["message"], [])
        check_memory(live, 100)
        print(f"# 50 connections: {live.memory():.1f} MiB")
        for i in range(50):
            live.write(CLOSE, i)
        for i in range(50):
            equal(live.expect(CLOSED, i), b"closed")
        eventually(lambda: sum(service.counts(n)[0] for n in range(5)) == 0, 10)


def test_connections_are_bounded():
    with Live() as live:
        for i in range(256):
            live.write(OPEN, i)
        for i in range(256):
            live.expect(OFFER, i)
        check_memory(live, 150)
        live.write(OPEN, 256)
        equal(live.expect(CLOSED, 256), b"too many connections are open")
        live.write(CLOSE, 5)
        live.expect(CLOSED, 5)
        live.offer(256)


def test_memory_does_not_grow():
    with Live() as live:
        for n in range(300):
            live.offer(n)
            live.write(CLOSE, n)
            live.expect(CLOSED, n)
            if n == 100:
                before = live.memory()
        if BOUNDS_MEMORY:
            assert live.memory() < before + 2, (before, live.memory())
