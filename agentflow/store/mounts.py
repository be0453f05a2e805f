"""On which file system a path is, and whether a database can be there. Read from the text of /proc/self/mountinfo."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MOUNTINFO = Path("/proc/self/mountinfo")

_SHARED = frozenset(
    {
        "afs",
        "auristorfs",
        "beegfs",
        "beegfs_nodev",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "fhgfs",
        "gfs2",
        "glusterfs",
        "gpfs",
        "lustre",
        "mfs",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "panfs",
        "pvfs2",
        "smb2",
        "smb3",
        "smbfs",
        "wekafs",
    }
)
"""Types whose files several machines can open."""
_SHARED_BY_FUSE = frozenset(
    {
        "afpfs",
        "blobfuse",
        "blobfuse2",
        "ceph",
        "ceph-fuse",
        "curlftpfs",
        "davfs",
        "davfs2",
        "gcsfuse",
        "glusterfs",
        "goofys",
        "gvfsd-fuse",
        "juicefs",
        "mfs",
        "moosefs",
        "mount-s3",
        "rclone",
        "s3fs",
        "s3ql",
        "seaweedfs",
        "smbnetfs",
        "sshfs",
    }
)
"""What stands behind `fuse.` where it is a network."""
_ESCAPE = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """A file system, and where it begins."""

    point: str
    kind: str
    options: frozenset[str] = frozenset()

    @property
    def shared(self) -> bool:
        """Whether other machines can have the same files open. 9p is a network only over TCP or RDMA: containers and
        virtual machines use it for folders of their own host."""
        if self.kind == "9p":
            return bool(self.options & {"trans=tcp", "trans=rdma"})
        outer, _, inner = self.kind.partition(".")
        return self.kind in _SHARED or (outer == "fuse" and inner in _SHARED_BY_FUSE)


def mount_of(path: Path) -> Mount | None:
    """The file system of a path that may not exist yet; None where the system does not say."""
    try:
        text = MOUNTINFO.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    return find(text, str(path.resolve()))


def find(mountinfo: str, path: str) -> Mount | None:
    """The mount whose point is the longest prefix of an absolute path; of several on one point, the last."""
    place, best = PurePosixPath(path), None
    for line in mountinfo.splitlines():
        mount = _read(line)
        if mount and place.is_relative_to(mount.point) and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def _read(line: str) -> Mount | None:
    before, dash, after = line.partition(" - ")
    left, right = before.split(" "), after.split(" ")
    if not dash or len(left) < 6 or len(right) < 3:
        return None
    return Mount(_unescaped(left[4]), right[0], frozenset(right[2].split(",")))


def _unescaped(text: str) -> str:
    """Blanks, tabs, line ends and backslashes stand as three octal digits."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 8)), text)
