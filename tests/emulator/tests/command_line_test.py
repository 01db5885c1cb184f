"""The command line, and how the program starts and ends."""
import os
import signal
import subprocess
import time

from service import SECONDS, Emulator, Waiting, content, equal, eventually


def run(*options):
    """Runs the program to its end. Returns its exit status, stdout and stderr."""
    done = subprocess.run([os.environ["TASKFS_EMULATOR"], *options], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=SECONDS, check=False)
    return done.returncode, done.stdout, done.stderr


def test_mistakes_are_said_in_one_line():
    with Emulator() as service:
        root = str(service.root)
        cases = {
            (): "--root DIR is missing: the directory of task folders",
            ("--root", root + "/none"): f"cannot use '{root}/none' as --root: No such file or directory",
            ("--root", "/dev/null"): "cannot use '/dev/null' as --root: not a directory",
            ("--root", root, "--port", "x"): "--port takes a number from 0 to 65535, not 'x'",
            ("--root", root, "--port", "65536"): "--port takes a number from 0 to 65535, not '65536'",
            ("--root", root, "--url-lifetime", "-1"): "--url-lifetime takes seconds, not '-1'",
            ("--root", root, "--storage-url", "x"): "--storage-url takes an http or https URL, not 'x'",
            ("--root",): "option '--root' needs a value",
            ("--rot", root): "unknown option '--rot'; see --help",
            ("--root", root, "more"): "unexpected argument 'more'; see --help",
        }
        for options, message in cases.items():
            equal(run(*options), (2, "", f"taskfs-emulator: {message}\n"), options)


def test_help():
    status, out, err = run("--help")
    equal((status, err), (0, ""))
    assert out.startswith("usage: taskfs-emulator --root DIR"), out


def test_it_says_why_it_cannot_start():
    with Emulator() as service:
        status, _, err = run("--root", str(service.root), "--port", str(service.port))
        equal((status, err), (1, "taskfs-emulator: cannot listen: Address already in use\n"))
        status, _, err = run("--root", str(service.root), "--log", "/no/such/folder/log")
        equal((status, err), (1, "taskfs-emulator: cannot open the log: No such file or directory\n"))
        status, _, err = run("--root", str(service.root), "--port-file", "/no/such/folder/port")
        equal(status, 1)
        assert err.startswith("taskfs-emulator: cannot write '/no/such/folder/port'"), err


def test_it_says_where_it_listens():
    with Emulator() as service:
        eventually(lambda: (service.folder / "stdout").read_text().endswith("\n"))
        equal((service.folder / "stdout").read_text(), f"listening on http://127.0.0.1:{service.port}\n")
        equal((service.folder / "port").read_text(), f"{service.port}\n")


def test_a_signal_ends_it_whatever_is_stalled():
    for number in (signal.SIGTERM, signal.SIGINT):
        with Emulator() as service:
            service.task("abc", output=content(300_000))
            target = service.signed("abc/output.zip")
            service.fault("stall", {"kind": "object"}, after=1000)
            service.fault("stall_headers", {"kind": "task"})
            service.fault("delay", {"kind": "list"}, seconds=3600)
            waiting = [Waiting(service, "GET", where, {"X-API-Key": "k"})
                       for where in (target, "/tasks/abc", "/tasks")]
            eventually(lambda: service.stats()["requests_waiting"] == 3)
            began = time.monotonic()
            service.process.send_signal(number)
            equal(service.process.wait(SECONDS), 0, number)
            assert time.monotonic() - began < 5, "it took long"
            equal([one.end().end for one in waiting], ["short", "nothing", "nothing"])


def test_signed_urls_for_another_store():
    with Emulator("--storage-url", "https://store.example/bucket/") as service:
        service.task("abc", output=content(10))
        url, = service.api("/storage/signed-urls?paths=abc/output.zip&operation=download").json()
        assert url.startswith("https://store.example/bucket/abc/output.zip?"), url
