"""Who is measured, each with the same few acts: copy a tree, list it, read a member."""
import contextlib
import os
import shutil
import subprocess
from pathlib import Path

from processes import Failed, measured, mounted, timed

COPY_TIMEOUT = 90  # seconds, for any one command


class Contestant:
    """`place` is the scratch folder of one run, empty before and removed after it; `servers` are
    those of the link."""
    name = ""
    is_taskfs = is_download = False

    @contextlib.contextmanager
    def ready(self, servers, data, place):
        """What is not in the time: a mount of the tool's own."""
        yield {}

    def copy(self, servers, data, place, state):
        """Gives (seconds, folder in which the tree of the archive is then)."""
        raise NotImplementedError

    def copy_all(self, servers, names, place, state):
        """The same of several archives. Gives (seconds, {name: folder})."""
        raise NotImplementedError

    def list(self, servers, data, place, state):
        """Seconds of a cold listing of everything, or None where it has no such act."""
        return None

    def cat(self, servers, data, place, state, member):
        """Seconds for a cold read of one member, or None."""
        return None

    def verify(self, result, tree):
        """Holds a copy against the original."""
        done = subprocess.run(["diff", "-rq", str(result), str(tree)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=COPY_TIMEOUT, check=False)
        if done.returncode:
            raise Failed(f"{self.name} made a wrong copy: {done.stdout.decode()[:500]}")


def reader(servers, place):
    """The environment of somebody with a key, and nothing else of his own."""
    env = {key: value for key, value in os.environ.items()
           if key.lower() not in ("http_proxy", "all_proxy") and key != "TASKFS_MOUNT"}
    env.update(INDUCTIVA_API_URL=servers.api_url(), INDUCTIVA_API_KEY="benchmark-key",
               HOME=str(place), LC_ALL="C.UTF-8")
    return env


class Taskfs(Contestant):
    is_taskfs = True

    def __init__(self, label, path, options=()):
        self.name, self.path, self.options = label, path, list(options)

    @contextlib.contextmanager
    def ready(self, servers, data, place):
        where = place / "taskfs"
        with mounted([self.path, "-f", *self.options, where], where, place / "taskfs.log",
                     reader(servers, place)) as child:
            os.stat(where)  # returns when the daemon has answered
            yield {"outputs": where / data / "outputs", "pid": child.pid}

    def copy(self, servers, data, place, state):
        target = place / "copy"
        return timed(["cp", "-r", state["outputs"], target], COPY_TIMEOUT), target

    def list(self, servers, data, place, state):
        return timed(["ls", "-R", state["outputs"]], COPY_TIMEOUT)

    def cat(self, servers, data, place, state, member):
        return timed(["cat", state["outputs"] / member], COPY_TIMEOUT)


class KeepingTaskfs(Contestant):
    """taskfs with a cache on disk; a warm one has been filled by another mount before."""

    def __init__(self, label, path, is_warm):
        self.name, self.path, self.is_warm = label, path, is_warm

    @contextlib.contextmanager
    def ready(self, servers, data, place):
        mount = Taskfs(self.name, self.path, ["-o", f"cache_dir={place / 'cache'}"])
        if self.is_warm:
            with mount.ready(servers, data, place) as state:
                _, filled = mount.copy(servers, data, place, state)
            shutil.rmtree(filled)
        with mount.ready(servers, data, place) as state:
            yield state

    def copy(self, servers, data, place, state):
        return Taskfs.copy(self, servers, data, place, state)


class Download(Contestant):
    """taskfs-download: everything is in the time, from its start to its end."""
    is_download = True

    def __init__(self, label, path):
        self.name, self.path = label, path

    def copy(self, servers, data, place, state):
        seconds, folders = self.copy_all(servers, [data], place, state)
        return seconds, folders[data]

    def copy_all(self, servers, names, place, state):
        target = place / "copy"
        tasks = [word for name in names for word in ("-t", name)]
        seconds, state["used"] = measured([self.path, "-q", "-o", target, *tasks], COPY_TIMEOUT,
                                          reader(servers, place))
        return seconds, {name: target / name / "outputs" for name in names}


class CurlBsdtar(Contestant):
    name = "curl | bsdtar"

    def copy(self, servers, data, place, state):
        target = place / "copy"
        target.mkdir()
        url = servers.archive_url(data)
        return timed(f"curl -sf '{url}' | bsdtar -x -f - -C '{target}'", COPY_TIMEOUT), \
            target / "artifacts"

    def list(self, servers, data, place, state):
        return timed(f"curl -sf '{servers.archive_url(data)}' | bsdtar -t -f -", COPY_TIMEOUT)


class CurlUnzip(Contestant):
    name = "curl + unzip"

    def copy(self, servers, data, place, state):
        target, archive = place / "copy", place / "f.zip"
        url = servers.archive_url(data)
        seconds = timed(f"curl -sf -o '{archive}' '{url}' && unzip -q '{archive}' -d '{target}'",
                        COPY_TIMEOUT)
        return seconds, target / "artifacts"

    def copy_all(self, servers, names, place, state):
        """One after the other, as in a loop of a shell."""
        target = place / "copy"
        target.mkdir()
        line = " && ".join(f"curl -sf -o '{place}/{name}.zip' '{servers.archive_url(name)}' && "
                           f"unzip -q '{place}/{name}.zip' -d '{target}/{name}'" for name in names)
        return timed(line, COPY_TIMEOUT), {name: target / name / "artifacts" for name in names}

    def list(self, servers, data, place, state):
        archive = place / "f.zip"
        return timed(f"curl -sf -o '{archive}' '{servers.archive_url(data)}' && unzip -l '{archive}'",
                     COPY_TIMEOUT)

    def cat(self, servers, data, place, state, member):
        archive = place / "f.zip"
        return timed(f"curl -sf -o '{archive}' '{servers.archive_url(data)}' && "
                     f"unzip -p '{archive}' 'artifacts/{member}'", COPY_TIMEOUT)


class RcloneFuseZip(Contestant):
    """rclone's mount is not in the time, fuse-zip's is: it opens the archive."""
    name = "rclone + fuse-zip"

    @contextlib.contextmanager
    def ready(self, servers, data, place):
        where = place / "rclone"
        env = {**os.environ, "HOME": str(place), "RCLONE_CONFIG": str(place / "none.conf")}
        command = ["rclone", "mount", ":http:", where, "--http-url", servers.folder_url(data),
                   "--vfs-cache-mode", "full", "--cache-dir", place / "cache", "--read-only"]
        with mounted(command, where, place / "rclone.log", env), contextlib.ExitStack() as stack:
            yield {"archive": where / "output.zip", "stack": stack, "tree": place / "fuse-zip"}

    def within(self, place, state, seconds, command):
        """Seconds of fuse-zip's mount and a command on it. The mount stays until the run ends."""
        from time import perf_counter
        started = perf_counter()
        where = state["tree"]
        state["pid"] = state["stack"].enter_context(
            mounted(["fuse-zip", "-r", "-f", state["archive"], where], where,
                    place / "fuse-zip.log", seconds=seconds)).pid
        timed(command, seconds)
        return perf_counter() - started

    def copy(self, servers, data, place, state):
        target = place / "copy"
        return self.within(place, state, COPY_TIMEOUT,
                           ["cp", "-r", state["tree"] / "artifacts", target]), target

    def list(self, servers, data, place, state):
        return self.within(place, state, COPY_TIMEOUT, ["ls", "-R", state["tree"]])

    def cat(self, servers, data, place, state, member):
        return self.within(place, state, COPY_TIMEOUT,
                           ["cat", state["tree"] / "artifacts" / member])


class Floor(Contestant):
    """The same bytes fetched, inflated and written by a program without FUSE."""
    name = "floor"

    def __init__(self, path):
        self.path = path

    def copy(self, servers, data, place, state):
        target = place / "copy"
        target.mkdir()
        return timed([self.path, servers.host, servers.store_port, f"/{data}/output.zip", target],
                     COPY_TIMEOUT), target / "artifacts"


class NullFs(Contestant):
    """What FUSE itself costs: the same tree out of a filesystem that has its bytes in memory."""
    name = "FUSE alone"

    def __init__(self, path):
        self.path = path

    @contextlib.contextmanager
    def ready(self, servers, data, place):
        tree = servers.root / data / "tree"
        manifest, where = place / "manifest", place / "null"
        with open(manifest, "w") as out:
            for folder, _, files in sorted(os.walk(tree)):
                for name in sorted(files):
                    path = Path(folder, name)
                    out.write(f"{path.stat().st_size} {path.relative_to(tree)}\n")
        with mounted([self.path, manifest, where], where, place / "null.log"):
            yield {"tree": where}

    def copy(self, servers, data, place, state):
        target = place / "copy"
        return timed(["cp", "-r", state["tree"], target], COPY_TIMEOUT), target

    def verify(self, result, tree):
        """Its bytes are none of the tree's: the sizes must fit."""
        def sizes(folder):
            return {str(path.relative_to(folder)): path.stat().st_size
                    for path in folder.rglob("*") if path.is_file()}
        if sizes(result) != sizes(tree):
            raise Failed("the copy of the constant tree has other sizes")


def find_missing():
    """Programs of the rivals that are not here."""
    return [name for name in ("curl", "bsdtar", "unzip", "rclone", "fuse-zip", "7zz")
            if not shutil.which(name)]
