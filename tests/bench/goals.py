"""The goals, and how each figure comes out of the medians."""
from dataclasses import dataclass

from link import DELAY_MS

BSDTAR, UNZIP, FUSE_ZIP = "curl | bsdtar", "curl + unzip", "rclone + fuse-zip"
FLOOR, FUSE = "floor", "FUSE alone"


def round_trips(results, job, name, key="seconds"):
    """What the delay adds to a job, in round trips; None without both links."""
    near, far = (results.median(link, job, name, key) for link in ("loopback", "delayed"))
    return None if near is None or far is None else (far - near) * 1000 / DELAY_MS


@dataclass
class Ratio:
    """taskfs's time to that of others; where these are several, to their sum. With `of_download`,
    that of taskfs-download."""
    job: str
    link: str
    others: tuple
    most: float
    of_download: bool = False

    @property
    def where(self):
        return "loopback" if self.link == "loopback" else f"{DELAY_MS} ms"

    def text(self):
        return f"{self.most:.2f} of {' and '.join(f'`{other}`' for other in self.others)}"

    def figure(self, results, name):
        own = results.median(self.link, self.job, name)
        theirs = [results.median(self.link, self.job, other) for other in self.others]
        return None if own is None or None in theirs else own / sum(theirs)

    def format(self, value):
        return f"{value:.2f}"


@dataclass
class Kept(Ratio):
    """Of taskfs with a cache on disk, which is `state`, to taskfs without one."""
    state: str = ""

    def text(self):
        return f"{self.most:.2f} of the time without it, {self.state}"

    def figure(self, results, name):
        own = results.median(self.link, self.job, f"{name}, {self.state} cache")
        without = results.median(self.link, self.job, name)
        return None if own is None or not without else own / without


@dataclass
class Tool:
    """The time of another program to that of `cp -r` of the same tree."""
    job: str
    key: str
    most: float = 1.0
    where: str = "loopback"
    of_download = False

    def text(self):
        return f"{self.key}: {self.most:.2f} of `cp -r`"

    def figure(self, results, name):
        own = results.median("loopback", self.job, name, self.key)
        copy = results.median("loopback", self.job, name)
        return None if own is None or not copy else own / copy

    def format(self, value):
        return f"{value:.2f}"


@dataclass
class RoundTrips:
    job: str
    most: float
    with_mount: bool = False
    where: str = f"{DELAY_MS} ms"
    of_download = False

    def text(self):
        return f"{self.most} round trips, mount {'included' if self.with_mount else 'excluded'}"

    def figure(self, results, name):
        own = round_trips(results, self.job, name)
        mount = round_trips(results, self.job, name, "mount") if self.with_mount else 0
        return None if own is None or mount is None else own + mount

    def format(self, value):
        return f"{value:.1f}"


@dataclass
class Figure:
    """A figure of taskfs alone; `scale` is from what is measured to the unit that is shown."""
    job: str
    key: str
    most: float
    unit: str
    scale: float = 1
    where: str = "loopback"
    of_download = False

    def text(self):
        return f"{self.most} {self.unit}"

    def figure(self, results, name):
        value = results.median(self.where, self.job, name, self.key)
        return None if value is None else value * self.scale

    def format(self, value):
        return f"{value:.3g} {self.unit}"


# The only mounted rival there is here is the best one.
GOALS = (
    Ratio("mixed", "loopback", (BSDTAR,), .45),
    Ratio("mixed", "loopback", (UNZIP,), .20),
    Ratio("mixed", "loopback", (FLOOR, FUSE), 1.5),
    Ratio("mixed", "delayed", (BSDTAR,), .50),
    Ratio("small", "loopback", (BSDTAR,), .95),
    Ratio("small", "delayed", (BSDTAR,), .95),
    Ratio("small", "loopback", (UNZIP,), 1.0),
    Ratio("small", "delayed", (UNZIP,), .75),
    Ratio("small", "loopback", (FUSE_ZIP,), .75),
    Ratio("small", "delayed", (FUSE_ZIP,), .5),
    Ratio("many", "loopback", (UNZIP,), 1.0),
    *(Tool(job, key) for job in ("tools", "tools10k") for key in ("tar", "rsync", "grep")),
    Kept("kept", "loopback", (), 1.10, state="cold"),
    Kept("kept", "loopback", (), 1.0, state="warm"),
    Kept("kept", "delayed", (), .33, state="warm"),
    RoundTrips("list", 8),
    RoundTrips("list", 8, with_mount=True),
    RoundTrips("cat", 9),
    RoundTrips("cat10k", 9),
    Figure("random", "seconds", 1, "ms", 1000),
    Figure("million", "seconds", 1.5, "s"),
    Figure("million", "memory", 150, "MiB", 1 / (1 << 20)),
    Figure("again", "asked", 0, "requests"),
    Ratio("mixed", "loopback", (FLOOR,), 1.25, of_download=True),
    Ratio("mixed", "delayed", (FLOOR,), 1.25, of_download=True),
    Ratio("mixed", "loopback", (BSDTAR,), .40, of_download=True),
    Ratio("mixed", "delayed", (BSDTAR,), .40, of_download=True),
    Ratio("small", "loopback", (FLOOR,), 1.5, of_download=True),
    Ratio("small", "delayed", (FLOOR,), 1.5, of_download=True),
    Ratio("small", "loopback", (BSDTAR,), .40, of_download=True),
    Ratio("small", "delayed", (BSDTAR,), .40, of_download=True),
    Ratio("ten", "loopback", (UNZIP,), .25, of_download=True),
    Ratio("ten", "delayed", (UNZIP,), .25, of_download=True),
)
