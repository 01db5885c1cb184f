"""From figures to Markdown: a line for each goal, then every contestant of every job."""
import platform
import statistics
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from goals import GOALS, round_trips
from jobs import JOBS

MARK_BEGIN, MARK_END = "<!-- figures: written by tests/bench/run -->", "<!-- end of figures -->"


class Results:
    """figures[link][job][contestant] is a list, one dict a run."""

    def __init__(self):
        self.figures = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
        self.failures = {}
        self.links = []

    def add(self, link, job, contestant, figures):
        self.figures[link][job][contestant].append(figures)

    def fail(self, link, job, contestant, why):
        self.failures[link, job, contestant] = why

    def has_failed(self, link, job, contestant):
        return (link, job, contestant) in self.failures

    def contestants(self, link, job):
        return list(self.figures[link][job])

    def series(self, link, job, contestant, key="seconds"):
        return [run[key] for run in self.figures[link][job].get(contestant, []) if key in run]

    def median(self, link, job, contestant, key="seconds"):
        """None where there is no such figure, or the contestant has failed."""
        if self.has_failed(link, job, contestant):
            return None
        values = self.series(link, job, contestant, key)
        return statistics.median(values) if values else None

    def raw(self):
        return {"figures": self.figures,
                "failures": [[*key, why] for key, why in self.failures.items()]}


@dataclass
class Circumstances:
    runs: int
    quick: bool
    delay_ms: float
    load: float  # of the machine before the benchmark began


@dataclass
class Builds:
    """The names of the contestants that are ours."""
    daemons: list
    downloads: list

    def all(self):
        return [*self.daemons, *self.downloads]


def seconds(value):
    if value >= 1:
        return f"{value:.2f} s"
    return f"{value * 1000:.0f} ms" if value >= .1 else f"{value * 1000:.3g} ms"


def mib(value):
    return f"{value / (1 << 20):.0f} MiB"


def cell(text):
    return str(text).replace("|", "\\|")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return "\n".join(lines + ["| " + " | ".join(cell(text) for text in row) + " |" for row in rows])


# --- the parts ---------------------------------------------------------------------------------


def goal_table(results, builds):
    """Only the goals for which there are figures."""
    rows = []
    has_several = len(builds.daemons) > 1 or len(builds.downloads) > 1
    for goal in GOALS:
        job = next(job for job in JOBS if job.name == goal.job)
        title = f"`taskfs-download` of {job.what}" if goal.of_download else job.title
        for build in builds.downloads if goal.of_download else builds.daemons:
            figure = goal.figure(results, build)
            if figure is not None:
                name = [build] if has_several else []
                rows.append([*name, f"{title}, {goal.where}", goal.text(), goal.format(figure),
                             "met" if figure <= goal.most else "**missed**"])
    head = [*(["build"] if has_several else []), "job", "goal, at most", "figure", ""]
    return table(head, rows) if rows else ""


def job_table(results, link, job, builds):
    """Median, spread, and what share of each other's time each build of ours takes."""
    rows = []
    ours = [name for name in builds.all() if results.median(link, job.name, name)]
    for name in results.contestants(link, job.name):
        values = results.series(link, job.name, name)
        median = statistics.median(values)
        ratios = []
        for build in ours:
            own = results.median(link, job.name, build)
            ratios.append(f"{own / median:.2f}" if build != name else "")
        rows.append([name, seconds(median), f"{seconds(min(values))} to {seconds(max(values))}",
                     *ratios])
    return table(["", "median", "spread", *(f"{build} to it" for build in ours)], rows)


def usage_table(results):
    """What the mounted contestants and taskfs-download took and asked for."""
    rows = []
    for link in results.links:
        for job in JOBS:
            for name in results.contestants(link, job.name):
                runs = results.figures[link][job.name][name]
                cpu, memory = (results.median(link, job.name, name, key) for key in ("cpu", "memory"))
                if cpu is not None and memory is not None:
                    rows.append([f"{job.name}, {link}", name, seconds(cpu), mib(memory),
                                 runs[-1].get("requests", "")])
    return table(["job", "", "CPU", "peak memory", "asked for (the last run)"], rows) if rows else ""


def random_lines(results, daemons):
    lines = []
    for link in results.links:
        for name in daemons:
            p90, each, first = (results.median(link, "random", name, key)
                                for key in ("p90", "bytes a read", "pass"))
            if p90 is not None:
                lines.append(f"- Random reads, {name}, {link}: 90 of 100 within {seconds(p90)}, "
                             f"{each / 1e3:.0f} KB fetched a read; the pass before took "
                             f"{seconds(first)}.")
    return "\n".join(lines)


def round_trip_table(results, daemons, delay_ms):
    rows = []
    for job in ("list", "cat"):
        for name in daemons:
            own = round_trips(results, job, name)
            mount = round_trips(results, job, name, "mount")
            if own is not None and mount is not None:
                rows.append([f"cold {job}", name, f"{own:.1f}", f"{mount:.1f}"])
    return table([f"round trips of {delay_ms} ms", "", "the act", "its mount"], rows) if rows else ""


def versions():
    """Of the rivals and their server, as Debian has them."""
    names = ("curl", "libarchive-tools", "unzip", "rclone", "fuse-zip", "nginx-light", "nginx")
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\\n", *names],
                          capture_output=True, text=True, timeout=10, check=False)
    return ", ".join(done.stdout.splitlines())


def circumstances(given):
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), "unknown processor")
    cores = Path("/proc/cpuinfo").read_text().count("processor\t:")
    control = Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
    small = " Small data: a test of the benchmark, not figures." if given.quick else ""
    return (f"{datetime.now(timezone.utc):%Y-%m-%d}, {cpu}, {cores} cores, Linux "
            f"{platform.release().split('-')[0]}, TCP {control}; medians of {given.runs} runs, load average at the start {given.load:.1f}. "
            f"{versions()}.{small}")


def markdown(results, given, builds):
    daemons = builds.daemons
    parts = [circumstances(given), goal_table(results, builds)]
    for job in JOBS:
        for link in results.links:
            if results.contestants(link, job.name):
                where = link if link == "loopback" else f"{given.delay_ms} ms"
                parts += [f"### {job.title}, {where}", job_table(results, link, job, builds)]
    parts += [random_lines(results, daemons), round_trip_table(results, daemons, given.delay_ms),
              "### What they took", usage_table(results)]
    for key, why in results.failures.items():
        parts.append(f"FAILED {', '.join(key)}: {why}")
    return "\n\n".join(part for part in parts if part)


def put_into(page, text):
    """Replaces the figures in a page that has the marks for it."""
    whole = page.read_text()
    begin, end = whole.index(MARK_BEGIN), whole.index(MARK_END)
    page.write_text(f"{whole[:begin]}{MARK_BEGIN}\n\n{text}\n\n{whole[end:]}")
