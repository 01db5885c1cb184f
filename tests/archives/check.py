"""What a case expects of a mounted task, and the comparison.

Paths are bytes, relative to `outputs`. Everything is read with raw calls, so that an error is seen
as its errno.
"""
import errno
import os
import stat


class File:
    """A regular file; any mode where `mode` is None. `data` None with `error` set: opening it, or
    reading it, gives that errno."""

    def __init__(self, data=None, mode=0o644, mtime_ns=None, packed=None, error=None, at="any",
                 size=None):
        self.data, self.mode, self.mtime_ns = data, mode, mtime_ns
        self.packed, self.error, self.at = packed, error, at
        self.size = len(data) if size is None and data is not None else size


class Dir:
    def __init__(self, order=None):
        self.order = order          # names in the order that readdir must give, or None


class Link:
    def __init__(self, target):
        self.target = target.encode() if isinstance(target, str) else target


class Case:
    """`tree` maps paths to File, Dir or Link, parents made up where missing; None: no archive can
    be read, and `outputs` gives EIO. `hidden`: texts that outputs_info names under `Not shown:`;
    `unreadable`: the same under `Cannot be read:`.
    """

    def __init__(self, name, archive, tree, hidden=(), unreadable=(), names_only=False,
                 order=None):
        self.id = name
        self.archive = archive
        self.tree = None if tree is None else with_parents(tree)
        self.hidden = hidden
        self.unreadable = unreadable
        self.names_only = names_only
        self.order = order          # of the top directory


def with_parents(tree):
    whole = {}
    for path, node in tree.items():
        path = path.encode() if isinstance(path, str) else path
        parts = path.split(b"/")
        for depth in range(1, len(parts)):
            whole.setdefault(b"/".join(parts[:depth]), Dir())
        whole[path] = node
    return whole


def errno_name(error):
    if error.errno == errno.EOPNOTSUPP:     # ENOTSUP is the same number
        return "EOPNOTSUPP"
    return errno.errorcode.get(error.errno, str(error.errno))


def attempt(call, *arguments):
    """The errno's name, or None when the call succeeded."""
    try:
        call(*arguments)
    except OSError as error:
        return errno_name(error)
    return None


def read_all(path, most=1 << 26):
    """(bytes read, errno name or None, 'open' or 'read')"""
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError as error:
        return b"", errno_name(error), "open"
    pieces, total = [], 0
    try:
        while total <= most:
            piece = os.read(fd, 65536)
            if not piece:
                break
            pieces.append(piece)
            total += len(piece)
    except OSError as error:
        return b"".join(pieces), errno_name(error), "read"
    finally:
        os.close(fd)
    return b"".join(pieces), None, None


def walk(top):
    """Paths below top in readdir's order, links not followed."""
    found = []

    def visit(relative):
        names = os.listdir(os.path.join(top, relative) if relative else top)
        for name in names:
            path = relative + b"/" + name if relative else name
            found.append(path)
            if stat.S_ISDIR(os.lstat(os.path.join(top, path)).st_mode):
                visit(path)

    visit(b"")
    return found


def differences(case, task):
    outputs = os.path.join(os.fsencode(task), b"outputs")
    if case.tree is None:
        return broken_differences(outputs)
    try:
        paths = walk(outputs)
    except OSError as error:
        return [f"walking outputs: {errno_name(error)}: {error.filename!r}"]
    found = []
    for path in sorted(set(case.tree) - set(paths)):
        found.append(f"{path!r} is not shown")
    for path in sorted(set(paths) - set(case.tree)):
        found.append(f"{path!r} is shown, and should not be")
    if len(paths) != len(set(paths)):
        found.append("a name is listed twice")
    if case.order is not None:
        order = [path for path in paths if b"/" not in path]
        if order != [os.fsencode(name) for name in case.order]:
            found.append(f"order is {order!r}")
    if not case.names_only:
        for path in paths:
            if path in case.tree:
                found += node_differences(path, case.tree[path], os.path.join(outputs, path))
    return found + info_differences(case, task)


def broken_differences(outputs):
    found = []
    for what, call, path in (("listing outputs", os.listdir, outputs),
                             ("listing it again", os.listdir, outputs),
                             ("stat of outputs/x", os.stat, os.path.join(outputs, b"x"))):
        got = attempt(call, path)
        if got != "EIO":
            found.append(f"{what}: {got or 'success'}, expected EIO")
    return found


def info_differences(case, task):
    if not case.hidden and not case.unreadable:
        return []
    data, error, _ = read_all(os.path.join(task, "outputs_info"))
    if error:
        return [f"outputs_info: {error}"]
    shown, _, tail = data.partition(b"Cannot be read:")
    return hidden_differences(case, shown) + [
        f"outputs_info does not name {text!r} under 'Cannot be read:'"
        for text in case.unreadable if text not in tail]


def hidden_differences(case, data):
    if not case.hidden:
        return []
    head, mark, tail = data.partition(b"Not shown:")
    if not mark:
        return ["outputs_info has no 'Not shown:'"]
    found = [f"outputs_info does not name {text!r} under 'Not shown:'"
             for text in case.hidden if text not in tail]
    return found + [f"outputs_info lists {text!r} among the contents"
                    for text in case.hidden if text in head]


def node_differences(path, node, where):
    try:
        status = os.lstat(where)
    except OSError as error:
        return [f"stat of {path!r}: {errno_name(error)}"]
    if isinstance(node, Dir):
        return kind_differences(path, status, stat.S_IFDIR, 0o755)
    if isinstance(node, Link):
        return link_differences(path, node, where, status)
    return kind_differences(path, status, stat.S_IFREG, node.mode) or \
        file_differences(path, node, where, status)


def kind_differences(path, status, kind, mode):
    if mode is None and stat.S_IFMT(status.st_mode) == kind:
        return []
    if mode is None or status.st_mode != kind | mode:
        return [f"mode of {path!r} is {status.st_mode:o}, expected {kind | (mode or 0):o}"]
    return []


def link_differences(path, node, where, status):
    if not stat.S_ISLNK(status.st_mode):
        return [f"{path!r} is no link"]
    found = []
    if os.readlink(where) != node.target:
        found.append(f"{path!r} links to {os.readlink(where)!r}, expected {node.target!r}")
    if status.st_size != len(node.target):
        found.append(f"size of link {path!r} is {status.st_size}")
    return found


def file_differences(path, node, where, status):
    found = []
    if node.size is not None and status.st_size != node.size:
        found.append(f"size of {path!r} is {status.st_size}, expected {node.size}")
    if node.error and status.st_blocks * 512 > 1 << 30:
        found.append(f"{path!r} takes {status.st_blocks} blocks on the disk")
    if node.mtime_ns is not None and status.st_mtime_ns != node.mtime_ns:
        found.append(f"mtime of {path!r} is {status.st_mtime_ns}, expected {node.mtime_ns}")
    if node.packed is not None and status.st_size:
        blocks = max(1, (node.packed + 511) // 512)
        if status.st_blocks != blocks:
            found.append(f"blocks of {path!r} are {status.st_blocks}, expected {blocks}")
    data, error, at = read_all(where)
    if error != node.error:
        found.append(f"{path!r}: {error or 'success'}, expected {node.error or 'success'}")
    elif node.error and node.at != "any" and at != node.at:
        found.append(f"{path!r}: {error} on {at}, expected on {node.at}")
    elif node.error and status.st_size and len(data) >= status.st_size:
        found.append(f"{path!r}: all {len(data)} bytes were delivered before {error}")
    elif not node.error and data != node.data:
        found.append(f"{path!r}: {len(data)} bytes read, not those expected")
    if not node.error:
        found += again_differences(path, node, where)
    return found


def again_differences(path, node, where):
    """A second reading, from the middle, of the same bytes."""
    middle = len(node.data) // 2
    fd = os.open(where, os.O_RDONLY)
    try:
        if os.pread(fd, 100, middle) != node.data[middle:middle + 100]:
            return [f"{path!r}: a read in its middle gives other bytes"]
        if os.pread(fd, 10, len(node.data)) != b"":
            return [f"{path!r}: bytes after its end"]
    except OSError as error:
        return [f"{path!r}: {errno_name(error)} on a second reading"]
    finally:
        os.close(fd)
    return []
