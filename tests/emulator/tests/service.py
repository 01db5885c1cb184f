"""Helpers of the emulator's tests: they start the real program with its own root and talk HTTP to
it."""
import http.client
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
import zipfile
from pathlib import Path

KEY = "test-key.0123_abc"
SECONDS = 15  # the timeout of whatever a test waits for


class Answer:
    """An HTTP answer. `end` says how it ended: "whole", "short" (the connection was closed before
    Content-Length bytes), "reset", or "nothing" when there was no answer at all (status 0)."""

    def __init__(self, status, headers, body, end):
        self.status = status
        self.headers = headers
        self.body = body
        self.end = end

    def json(self):
        return json.loads(self.body)

    def detail(self):
        return self.json()["detail"]


class Emulator:
    """The program; `with` starts and ends it. `tasks` maps ids to the fields of their task.json."""

    def __init__(self, *options, tasks=None):
        self.folder = Path(tempfile.mkdtemp(prefix="emulator-test-"))
        self.root = self.folder / "root"
        self.root.mkdir()
        self.options = [str(option) for option in options]
        self.process = None
        self.port = 0
        for task_id, fields in (tasks or {}).items():
            self.task(task_id, fields)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            shutil.rmtree(self.folder)
            raise
        return self

    def __exit__(self, kind, value, trace):
        status, said = self.stop()
        shutil.rmtree(self.folder)
        if kind is None:
            assert status == 0, f"the emulator ended with {status}: {said}"
            assert not said, f"the emulator said: {said}"

    def start(self):
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        command = [os.environ["TASKFS_EMULATOR"], "--root", str(self.root), "--port", str(self.port),
                   "--port-file", str(port_file), "--log", str(self.folder / "log"), *self.options]
        with open(self.folder / "stdout", "ab") as out, open(self.folder / "stderr", "ab") as err:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        eventually(lambda: port_file.exists() or self.process.poll() is not None)
        assert port_file.exists(), f"the emulator did not start: {self.stderr()}"
        self.port = int(port_file.read_text())

    def stop(self):
        """Ends the program. Returns its exit status and its stderr."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = "no exit after SIGTERM"
        return status, self.stderr()

    def stderr(self):
        return (self.folder / "stderr").read_text()

    def forgive_stderr(self):
        """Returns and empties stderr, for a test that expects a message there."""
        said = self.stderr()
        (self.folder / "stderr").write_text("")
        return said

    # --- the tasks --------------------------------------------------------------------------------

    def write(self, path, content):
        """Writes a file below the root, atomically."""
        target = self.root / path
        target.parent.mkdir(exist_ok=True)
        beside = self.folder / "new"
        beside.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.replace(beside, target)

    def task(self, task_id, fields=None, output=None):
        self.write(f"{task_id}/task.json", json.dumps(fields or {}))
        if output is not None:
            self.write(f"{task_id}/output.zip", output)

    # --- HTTP -------------------------------------------------------------------------------------

    def send(self, method, target, headers=None, body=None):
        """Sends a request on a new connection and returns that. The caller reads the answer with
        read_answer and closes the connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        connection.request(method, target, body=body, headers=headers or {})
        return connection

    def request(self, method, target, headers=None, body=None):
        connection = self.send(method, target, headers, body)
        try:
            return read_answer(connection)
        finally:
            connection.close()

    def raw(self, request):
        """Sends bytes as they are. Returns everything until the connection is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as connection:
            connection.sendall(request)
            answer = b""
            while piece := connection.recv(1 << 16):
                answer += piece
        return answer

    def api(self, target, method="GET", key=KEY):
        return self.request(method, target, {"X-API-Key": key} if key is not None else {})

    def get(self, target, **headers):
        """GET without a key. Keywords are headers: if_match="x" is If-Match."""
        return self.request("GET", target,
                            {name.replace("_", "-"): value for name, value in headers.items()})

    def field(self, task_id, name):
        """Returns a field of a task from the API."""
        return self.api(f"/tasks/{task_id}").json()[name]

    def signed(self, path, **more):
        """Returns path and query of a signed URL for a path of the store."""
        url = self.api("/storage/signed-urls?" + urllib.parse.urlencode(
            {"paths": path, "operation": "download", **more})).json()[0]
        return url.removeprefix(f"http://127.0.0.1:{self.port}")

    # --- control calls ----------------------------------------------------------------------------

    def control(self, method, call, body=None):
        return self.request(method, f"/_emulator/{call}",
                            body=json.dumps(body) if body is not None else None)

    def fault(self, action, match=None, **more):
        """Adds a rule and returns its id."""
        rule = {"action": action, **({"match": match} if match is not None else {}), **more}
        answer = self.control("POST", "faults", rule)
        assert answer.status == 200, answer.body
        return answer.json()["ids"][0]

    def rule(self, rule_id):
        return next(rule for rule in self.control("GET", "faults").json() if rule["id"] == rule_id)

    def hits(self, rule_id):
        return self.rule(rule_id)["hits"]

    def stats(self):
        return self.control("GET", "stats").json()

    def log_as_written(self):
        """Returns the lines of the request log, without those of control calls."""
        assert self.control("GET", "sync").json() == {"idle": True}
        lines = [json.loads(line) for line in (self.folder / "log").read_text().splitlines()]
        return [line for line in lines if line["kind"] != "control"]

    def log(self, **wanted):
        """Returns the lines with these values, in the order in which the requests arrived."""
        return [line for line in sorted(self.log_as_written(), key=lambda line: line["seq"])
                if all(line[key] == value for key, value in wanted.items())]


def read_answer(connection):
    try:
        response = connection.getresponse()
    except ConnectionResetError as error: # a base class of RemoteDisconnected
        closed = isinstance(error, http.client.RemoteDisconnected)
        return Answer(0, {}, b"", "nothing" if closed else "reset")
    body = b""
    end = "whole"
    try:
        while piece := response.read1(1 << 16):
            body += piece
    except ConnectionResetError:
        end = "reset"
    except http.client.IncompleteRead as error:
        body += error.partial
        end = "short"
    length = response.headers.get("Content-Length")
    if end == "whole" and has_body(response) and length and len(body) < int(length):
        end = "short"
    return Answer(response.status, response.headers, body, end)


def has_body(response):
    return response._method != "HEAD" and response.status not in (204, 304) # pylint: disable=W0212


class Waiting:
    """A request that is in flight; a thread waits for its answer."""

    def __init__(self, service, method, target, headers=None):
        self.answer = None
        self.seconds = None
        self.connection = service.send(method, target, headers)
        self.thread = threading.Thread(target=self.wait, daemon=True)
        self.began = time.monotonic()
        self.thread.start()

    def wait(self):
        self.answer = read_answer(self.connection)
        self.seconds = time.monotonic() - self.began

    def end(self):
        """Waits for the answer and returns it."""
        self.thread.join(SECONDS)
        assert not self.thread.is_alive(), "no answer"
        self.connection.close()
        return self.answer


def eventually(condition):
    """Polls until the condition is true. Returns its value."""
    deadline = time.monotonic() + SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.01)
    return value


def equal(actual, expected, what=""):
    assert actual == expected, f"{what or 'it'} is {actual!r}, expected {expected!r}"


def content(size):
    """Bytes that differ when a range is shifted."""
    return bytes((i * 7 + i // 251) % 256 for i in range(size))


def archive(**members):
    """Makes a zip archive. A keyword a__b="text" is the member a/b."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, text in members.items():
            file.writestr(name.replace("__", "/"), text)
    return out.getvalue()
