"""On which file system a database is, and which are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentflow.errors import StorageError
from agentflow.store import Store, mounts
from agentflow.store.mounts import Mount, find, mount_of

LAPTOP = """\
24 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw,errors=remount-ro
25 24 0:22 / /proc rw,nosuid,nodev,noexec,relatime shared:13 - proc proc rw
40 24 8:3 / /home rw,relatime shared:29 - btrfs /dev/sda3 rw,ssd
41 40 0:50 / /home/ada/team rw,relatime shared:30 - nfs4 server:/team rw,vers=4.2,addr=10.0.0.1
42 40 0:51 / /home/ada/my\\040notes rw,nosuid - fuse.sshfs ada@host:/notes rw,user_id=1000
43 40 0:52 / /home/ada/team/local rw - tmpfs tmpfs rw,size=1024k
44 24 0:53 / /mnt rw master:2 propagate_from:1 - cifs //nas/share rw,vers=3.0
45 24 0:54 / /mnt rw - xfs /dev/sdb1 rw
"""
CONTAINER = """\
600 500 0:60 / / rw,relatime - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w
601 600 0:61 / /workspace rw,relatime - virtiofs share rw
602 600 0:62 / /host rw,relatime - 9p hostshare rw,access=client,trans=virtio
603 600 0:63 / /far rw,relatime - 9p 10.0.0.1 rw,trans=tcp,port=564
604 600 0:64 / /c rw,noatime - 9p C:\\134 rw,dirsync,aname=drvfs,trans=fd,rfd=5,wfd=5
"""


def mounted(folder: Path, point: Path, kind: str) -> Path:
    """A list of mounts in which there is a file system of this kind."""
    listed = folder / "mountinfo"
    listed.write_text(f"24 1 8:2 / / rw - ext4 /dev/sda2 rw\n25 24 0:50 / {point.resolve()} rw - {kind} there rw\n")
    return listed


@pytest.mark.parametrize(
    ("text", "path", "kind"),
    [
        (LAPTOP, "/var/lib/a.db", "ext4"),
        (LAPTOP, "/home/ada/a.db", "btrfs"),
        (LAPTOP, "/home/ada/team/a.db", "nfs4"),
        (LAPTOP, "/home/ada/teamwork/a.db", "btrfs"),
        (LAPTOP, "/home/ada/team/local/a.db", "tmpfs"),
        (LAPTOP, "/home/ada/my notes/a.db", "fuse.sshfs"),
        (LAPTOP, "/mnt/a.db", "xfs"),
        (CONTAINER, "/srv/a.db", "overlay"),
    ],
)
def test_the_longest_mount_point_holds_a_path_and_a_later_one_covers_an_earlier(
    text: str, path: str, kind: str
) -> None:
    mount = find(text, path)
    assert mount is not None
    assert mount.kind == kind


def test_lines_that_cannot_be_read_are_passed_over() -> None:
    assert find("nonsense\n1 2 3 - ext4\n1 2 3:4 / / rw - ext4\n", "/a.db") is None


@pytest.mark.parametrize(
    "kind",
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "beegfs",
        "ocfs2",
        "fuse.sshfs",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
    ],
)
def test_what_several_machines_share_is_refused(kind: str) -> None:
    assert Mount("/", kind).shared


@pytest.mark.parametrize(
    "kind",
    [
        "ext4",
        "xfs",
        "btrfs",
        "zfs",
        "overlay",
        "tmpfs",
        "virtiofs",
        "9p",
        "fuse",
        "fuseblk",
        "fuse.encfs",
        "fuse.fuse-overlayfs",
        "sshfs",
    ],
)
def test_what_one_machine_has_is_not(kind: str) -> None:
    assert not Mount("/", kind).shared


@pytest.mark.parametrize(("path", "shared"), [("/host/a.db", False), ("/far/a.db", True), ("/c/a.db", False)])
def test_9p_is_a_network_only_over_one(path: str, shared: bool) -> None:
    mount = find(CONTAINER, path)
    assert mount is not None
    assert mount.shared is shared


async def test_a_database_on_a_network_file_system_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounts, "MOUNTINFO", mounted(tmp_path, tmp_path, "nfs4"))
    with pytest.raises(
        StorageError, match=r"network file system \(nfs4\): .* one machine only; put it on a local disk"
    ):
        await Store.open(tmp_path / "a.db")
    assert not (tmp_path / "a.db").exists()


async def test_a_link_to_a_network_file_system_does_not_hide_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to(tmp_path / "far")
    monkeypatch.setattr(mounts, "MOUNTINFO", mounted(tmp_path, tmp_path / "far", "cifs"))
    with pytest.raises(StorageError, match="cifs"):
        await Store.open(tmp_path / "near" / "a.db")


def test_where_the_system_does_not_say_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "MOUNTINFO", tmp_path / "none")
    assert mount_of(tmp_path) is None


def test_this_machine_says_where_a_path_is(tmp_path: Path) -> None:
    mount = mount_of(tmp_path / "not there yet")
    assert mount is None or tmp_path.resolve().is_relative_to(mount.point)
