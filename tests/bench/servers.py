"""nginx as the object store, the emulator as the API, and a count of what they were asked."""
import contextlib
import json
import os
import socket
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from processes import Failed, daemon, until

NGINX_CONFIG = """
{user}
worker_processes 2;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.error.log;
events {{ worker_connections 1024; }}
http {{
    log_format counted '$connection $bytes_sent $status $uri $http_range';
    access_log {folder}/nginx.access.log counted;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    sendfile on;
    tcp_nopush off;
    tcp_nodelay on;
    keepalive_requests 10000000;
    keepalive_timeout 600s;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        root {root};
        autoindex on;
        location = /.status {{ stub_status; access_log off; }}
    }}
}}
"""


@dataclass
class Count:
    """What the servers were asked while something was measured."""
    api: list = field(default_factory=list)  # kinds of calls, in order
    api_connections: int = 0
    ranges: int = 0
    bytes: int = 0
    connections: int = 0

    def text(self):
        return (f"{len(self.api)} API calls, {self.ranges} ranges ({self.bytes / 1e6:.2f} MB), "
                f"{self.api_connections}+{self.connections} connections")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return answer.read()


class Servers:
    """The servers of one link. `host` is the address under which clients reach them; `near` the
    one without delay, for what is not measured."""

    def __init__(self, host, folder, root, emulator):
        self.host, self.near, self.folder = host, "127.0.0.1", Path(folder)
        self.root, self.emulator = Path(root), emulator
        self.store_port = self.api_port = 0
        self.marks = (0, 0)

    def archive_url(self, name):
        return f"http://{self.host}:{self.store_port}/{name}/output.zip"

    def folder_url(self, name):
        return f"http://{self.host}:{self.store_port}/{name}/"

    def api_url(self):
        return f"http://{self.host}:{self.api_port}"

    @contextlib.contextmanager
    def running(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("nginx.access.log", "api.log"):
            (self.folder / name).write_text("")
        with contextlib.ExitStack() as stack:
            self.start_nginx(stack)
            self.start_emulator(stack)
            yield self

    def start_nginx(self, stack):
        self.store_port = free_port()
        config = self.folder / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""
        config.write_text(NGINX_CONFIG.format(folder=self.folder, root=self.root, user=user,
                                              port=self.store_port))
        nginx = next((path for path in ("/usr/sbin/nginx", "/usr/bin/nginx") if os.path.exists(path)),
                     "nginx")
        log = self.folder / "nginx.log"
        child = stack.enter_context(
            daemon([nginx, "-e", self.folder / "nginx.error.log", "-p", self.folder, "-c", config], log))
        until(lambda: child.poll() is not None or self.answers(self.store_port), 10, "nginx", .01)
        if child.poll() is not None:
            raise Failed(f"nginx did not start: see '{log}'")

    def start_emulator(self, stack):
        port_file = self.folder / "api.port"
        port_file.unlink(missing_ok=True)
        log = self.folder / "emulator.log"
        child = stack.enter_context(daemon(
            [self.emulator, "--root", self.root, "--port-file", port_file, "--log",
             self.folder / "api.log", "--storage-url", f"http://{self.host}:{self.store_port}"], log))
        until(lambda: child.poll() is not None or port_file.exists(), 10, "the emulator", .01)
        if child.poll() is not None:
            raise Failed(f"the emulator did not start: see '{log}'")
        self.api_port = int(port_file.read_text())

    def answers(self, port):
        try:
            socket.create_connection((self.near, port), 1).close()
            return True
        except OSError:
            return False

    def is_quiet(self):
        """Whether nobody but us has a connection to the store: all it has done is in its log."""
        text = get(f"http://{self.near}:{self.store_port}/.status").decode()
        return text.split("\n")[0].split() == ["Active", "connections:", "1"]

    def mark(self):
        """From here on `count` counts. Called where no client is connected, or none is active."""
        get(f"http://{self.near}:{self.api_port}/_emulator/sync")
        self.marks = tuple((self.folder / name).stat().st_size
                           for name in ("nginx.access.log", "api.log"))

    def count(self, clients_have_gone=True):
        """What was asked since `mark`. Where clients are still connected, what they ask in the
        background may be missing."""
        if clients_have_gone:
            until(self.is_quiet, 10, "the end of all connections", .005)
        get(f"http://{self.near}:{self.api_port}/_emulator/sync")
        store, api = (self.since(name, mark) for name, mark in
                      zip(("nginx.access.log", "api.log"), self.marks))
        calls = [json.loads(line) for line in api]
        calls = [call for call in calls if call["kind"] not in ("control", "object")]
        fetches = [line.split() for line in store]
        return Count([call["kind"] for call in calls], len({call["conn"] for call in calls}),
                     len(fetches), sum(int(fetch[1]) for fetch in fetches),
                     len({fetch[0] for fetch in fetches}))

    def since(self, name, mark):
        with open(self.folder / name, "rb") as file:
            file.seek(mark)
            return file.read().decode(errors="replace").splitlines()
