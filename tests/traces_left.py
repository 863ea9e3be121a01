"""What a measurement may not leave behind: processes, and the ports that they listened to."""

import os
import select
from pathlib import Path

_LISTEN = "0A"


def children(pid):
    """Processes whose parent this one is."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            after = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(after[1]) == pid and after[0] != "Z":
            found.append(int(folder.name))
    return found


def sockets_of(pids):
    """Inodes of the sockets that these processes have open."""
    links = [link for pid in pids for link in Path(f"/proc/{pid}/fd").iterdir()]
    names = [str(link.readlink()) for link in links]
    return {name[8:-1] for name in names if name.startswith("socket:[")}


def listened_to(sockets):
    """Those of these sockets that the kernel still lists as listening, at a port or a name."""
    tcp = _table("/proc/net/tcp")
    unix = _table("/proc/net/unix")
    ports = {line[9] for line in tcp if line[3] == _LISTEN}
    names = {line[6] for line in unix if len(line) > 7 and line[7].startswith("@")}
    return sockets & (ports | names)


def have_ended(descriptors, within_s=60):
    """Whether all processes end, by their descriptors, which are closed then."""
    ended = True
    for descriptor in descriptors:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        ended = bool(poll.poll(1000 * within_s)) and ended
        os.close(descriptor)
    return ended


def _table(path):
    lines = Path(path).read_text(encoding="utf-8").splitlines()[1:]
    return [line.split() for line in lines]
