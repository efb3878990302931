"""Lists the files of the data sets that can be downloaded: addresses, sizes and checksums."""

from __future__ import annotations

from dataclasses import dataclass

from svg_studio.engine.data.download.http_fetch import Digest


@dataclass(frozen=True)
class RemoteFile:
    """A file to fetch. One that `becomes` something is fetched to ARCHIVES, and is gone when that is there.

    becomes: a path in the data set's folder; an archive is unpacked to it, another file moved there.
    check: where no digest tells, "module:function" that reads a path: raises DataError, or has to return `rows` things.
    """

    name: str
    size: int | None  # bytes; None: not known
    digest: Digest | None
    about: int = 0  # bytes, where the size is not known; more than twice as many are refused
    becomes: str = ""
    holds: str = "*"  # pattern of what a folder that it becomes has in it
    members: str = ""  # path in the archive below which lies what is wanted
    room: int = 0  # bytes, about, that come out of the archive; twice as many are refused
    check: str = ""
    rows: int = 0

    @property
    def expected(self) -> int:
        return self.size or self.about


@dataclass(frozen=True, kw_only=True)
class Downloadable:
    """A data set's files. `ready` and `unpack` are "module:function" and take the folder that holds the files."""

    title: str
    folder: str  # under data_root
    mirrors: tuple[str, ...]  # what a file's name is appended to
    files: tuple[RemoteFile, ...]
    ready: str = ""  # → bool: nothing is left to do; empty: everything has become what it becomes
    unpack: str = ""  # → generator of events, run when all files are there
    room: int = 0  # bytes, about, that a conversion writes besides


_READ_LIST = "svg_studio.engine.data.datasets.kth_files:read_sequences"


def _kth(action: str, megabytes: int, sha1: str) -> RemoteFile:
    size = megabytes * 10**6
    return RemoteFile(f"{action}.zip", None, ("sha1", sha1), size, becomes=action, holds="*.avi", room=size)


DOWNLOADS: dict[str, Downloadable] = {
    "mnist": Downloadable(
        title="MNIST",
        folder="MNIST/raw",
        # Addresses and checksums as torchvision.datasets.MNIST has them.
        mirrors=("https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/"),
        files=(
            RemoteFile("train-images-idx3-ubyte.gz", 9_912_422, ("md5", "f68b3c2dcbeaaa9fbdd348bbdeb94873")),
            RemoteFile("train-labels-idx1-ubyte.gz", 28_881, ("md5", "d53e105ee54ea40749a09fcbcd1e9432")),
            RemoteFile("t10k-images-idx3-ubyte.gz", 1_648_877, ("md5", "9fb629c4189551a2d022fa330f9573f3")),
            RemoteFile("t10k-labels-idx1-ubyte.gz", 4_542, ("md5", "ec29112dd5afa0611ce80d1b7f02629c")),
        ),
        ready="svg_studio.engine.data.datasets.mnist:is_unpacked",
        unpack="svg_studio.engine.data.datasets.mnist:unpack",
    ),
    "bair": Downloadable(
        title="BAIR robot pushing",
        folder="softmotion30_44k",
        mirrors=("http://rail.eecs.berkeley.edu/datasets/",),
        files=(
            RemoteFile(
                "bair_robot_pushing_dataset_v0.tar",
                32_274_964_480,
                ("sha256", "c6f8d164ab2be07174ef597e3e070d7466f3142caddc467b6af119b9458cd9cd"),
                becomes=".",
                holds="*/*.tfrecords",
                members="softmotion30_44k",
                room=32_300_000_000,
            ),
        ),
        room=16_100_000_000,
    ),
    "kth": Downloadable(
        title="KTH actions",
        folder="KTH/raw",
        mirrors=("https://www.csc.kth.se/cvap/actions/", "http://www.nada.kth.se/cvap/actions/"),
        files=(
            RemoteFile("00sequences.txt", None, None, 38_000, becomes="00sequences.txt", check=_READ_LIST, rows=600),
            _kth("walking", 242, "a3e81537271a0ab4576591774baa38c2d97b7e3a"),
            _kth("jogging", 168, "21943bdbcef9dad106db0d74661e49eaeaa15a25"),
            _kth("running", 149, "da83bb313edfd4455fffdda6263696fa10d43c6f"),
            _kth("boxing", 194, "adb36ed9c29c846d44d2ba15f348bd115c951bbd"),
            _kth("handwaving", 218, "0792f7cd69f7f895a205c08ac212ddaa7177e370"),
            _kth("handclapping", 176, "d3b81261aa822ef63d0d1523f945bfaff27814d2"),
        ),
        room=1_300_000_000,
    ),
}
