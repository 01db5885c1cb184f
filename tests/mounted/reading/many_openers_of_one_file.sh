#!/bin/bash
# 32 processes that open and read the same small files at the same time, as they are decoded ahead.
# tags: concurrent
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
python - "$work/in" <<'PY'
import os, random, sys
chance = random.Random(5)
for i in range(40):
    with open(os.path.join(sys.argv[1], f"{i:03d}.txt"), "wb") as file:
        file.write(chance.randbytes(chance.randrange(1, 3000)).hex().encode())
PY
task one
python "$archives/writers.py" zipfile "$root/one/output.zip" "$work/in"
emulator

for round in 1 2 3; do
    mount
    if ((round == 2)); then
        diff -r "$work/in" "$mnt/one/outputs" # everything was decoded once
    fi
    python - "$work/in" "$mnt" $((10 * slower)) <<'PY'
import os, signal, subprocess, sys, time

PROCESSES, SECONDS = 32, 4
good_folder, mnt, patience = sys.argv[1], sys.argv[2], int(sys.argv[3])
folder = os.path.join(mnt, "one/outputs")
names = sorted(os.listdir(good_folder))
good = {name: open(os.path.join(good_folder, name), "rb").read() for name in names}
go_read, go_write = os.pipe()


def read_all(drops_first):
    """`drops_first`: what came with the opening is thrown away, so that it is asked for."""
    for name in names:
        fd = os.open(os.path.join(folder, name), os.O_RDONLY)
        if drops_first:
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        data = os.read(fd, 100000)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)
        if data != good[name]:
            return f"wrong bytes of {name}: {len(data)}, not {len(good[name])}"
    return None


def child(number):
    os.close(go_write)
    os.read(go_read, 1)  # all begin when the parent closes its end
    until = time.monotonic() + SECONDS
    for turn in range(1000000):
        wrong = read_all((turn + number) % 4 > 0)
        if wrong:
            print(wrong, file=sys.stderr, flush=True)
            os._exit(1)
        if time.monotonic() > until:
            os._exit(0)


def alarm(*_):
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    # Stuck in the kernel, neither they nor the daemon can be killed: this frees them (as root).
    subprocess.run(["umount", "-f", mnt], check=False)
    sys.exit("the readers hang")


children = []
for number in range(PROCESSES):
    pid = os.fork()
    if not pid:
        child(number)
    children.append(pid)
signal.signal(signal.SIGALRM, alarm)
signal.alarm(patience)
os.close(go_read)
os.close(go_write)
bad = 0
while children:
    pid, status = os.waitpid(children[0], 0)
    children.remove(pid)
    bad += status != 0
sys.exit(f"{bad} readers failed" if bad else 0)
PY
    unmount
done
