#!/usr/bin/python3
"""One raw system call; prints `ok` or the errno's name, and says no more.

usage: oscall.py CALL PATH [ARGUMENT]
"""
import errno
import os
import sys

CHUNK = 65536


def with_fd(path, flags, act):
    fd = os.open(path, flags)
    try:
        act(fd)
    finally:
        os.close(fd)


def drain(fd):
    while os.read(fd, CHUNK):
        pass


def write_text(path, text, flags=os.O_WRONLY | os.O_TRUNC):
    with_fd(path, flags, lambda fd: os.write(fd, text.encode()))


CALLS = {
    "open": lambda path: with_fd(path, os.O_RDONLY, lambda fd: None),
    "open-write": lambda path: with_fd(path, os.O_WRONLY, lambda fd: None),
    "overwrite": lambda path: write_text(path, "x", os.O_WRONLY),
    "read": lambda path: with_fd(path, os.O_RDONLY, drain),
    "write": write_text,
    "append": lambda path, text: write_text(path, text, os.O_WRONLY | os.O_APPEND),
    "create": lambda path: with_fd(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, lambda fd: None),
    "list": os.listdir,
    "stat": os.stat,
    "lstat": os.lstat,
    "readlink": os.readlink,
    "mkdir": os.mkdir,
    "rmdir": os.rmdir,
    "unlink": os.unlink,
    "rename": os.rename,
    "link": os.link,
    "symlink": lambda path: os.symlink("x", path),
    "mkfifo": os.mkfifo,
    "truncate": lambda path: os.truncate(path, 0),
    "chmod": lambda path: os.chmod(path, 0o600),
    "chown": lambda path: os.chown(path, 1, 1),
    "utime": lambda path: os.utime(path, (1, 1)),
    "setxattr": lambda path: os.setxattr(path, "user.x", b"1"),
    "statvfs": os.statvfs,
}


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in CALLS:
        print(__doc__, " ".join(CALLS), file=sys.stderr)
        return 2
    try:
        CALLS[sys.argv[1]](*sys.argv[2:])
    except OSError as error:
        print("EOPNOTSUPP" if error.errno == errno.EOPNOTSUPP else
              errno.errorcode.get(error.errno, error.errno))
        return 0
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
