"""taskfs-live when an allocation of its own fails (tests/allocfail): an end in words, and no
crash."""
import os
import struct

from support import CLOSE, CLOSED, Live, Service

AT = 1 # the mode: the Nth allocation fails
WORDS = "the connection cannot be made: out of memory"


def use(service):
    """Returns how it ended, and what taskfs-live has said."""
    live = Live()
    try:
        live.connect(service)
        live.ask("tail", filename="stdout.txt", lines=100000)
        live.write(CLOSE, 1)
        live.expect(CLOSED, 1)
        how = "well"
    except AssertionError as error:
        how = str(error)
    except OSError:
        how = "at the start"
    except EOFError:
        how = "in the middle"
    said = live.end()
    assert live.status in (0, 1), f"it ended with {live.status}: {said}"
    return how, said


def test_each_allocation_can_fail():
    with Service() as service:
        service.write("stdout.txt", "one\n" * 3000)
        service.tracker()
        rule = service.folder / "rule"
        os.environ["TASKFS_ALLOCFAIL"] = str(rule)
        try:
            for n in range(1, 1000):
                rule.write_bytes(struct.pack("5Q", AT, n, 0, 0, 0))
                how, said = use(service)
                if not struct.unpack("5Q", rule.read_bytes())[4]:
                    break
                if how in ("at the start", "in the middle"):
                    assert said.endswith(": Cannot allocate memory\n"), said
                else:
                    assert WORDS in how and not said, (how, said)
        finally:
            del os.environ["TASKFS_ALLOCFAIL"]
        assert n > 5 and how == "well" and not said, (n, how, said)
