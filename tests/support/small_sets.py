"""Small archives of BAIR and KTH, with the downloads' entries changed to their sizes and checksums; for other processes, too."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

from support.bair_files import write_bair
from support.video_samples import scene, write_kth, write_video

from svg_studio.engine.data.download.catalog import DOWNLOADS

BAIR, KTH = "bair_robot_pushing_dataset_v0.tar", ("boxing", "walking")


def make_archives(folder: Path) -> Path:
    """The files that a server would give, in `folder`/served."""
    served = folder / "served"
    served.mkdir(parents=True)
    write_bair(folder / "softmotion30_44k", train=(4, 4), test=(4,))
    with tarfile.open(served / BAIR, "w") as tar:
        tar.add(folder / "softmotion30_44k", "softmotion30_44k")
    rows = {f"person{person:02}_{action}_d1": "1-40, 30-75" for action in KTH for person in (1, 2, 3, 4, 21, 22, 23, 24)}
    videos = write_kth(folder / "KTH", rows, frames=80)
    (folder / "KTH" / "00sequences.txt").rename(served / "00sequences.txt")
    for action in KTH:
        with zipfile.ZipFile(served / f"{action}.zip", "w") as archive:
            for name, path in videos.items():
                if action in name:
                    archive.write(path, path.name)
    return served


def make_videos(folder: Path) -> Path:
    """A folder of a person's own videos, some of which are none."""
    for n in range(5):
        write_video(folder / "train" / f"clip {n}.avi", scene(50, (200, 150), seed=n), "MJPG")
        write_video(folder / "test" / f"été {n}.mp4", scene(45, (90, 160), seed=10 + n), "mp4v")
    (folder / "train" / "broken.avi").write_bytes(b"RIFF, and nothing behind it")
    write_video(folder / "train" / "short.avi", scene(3), "MJPG")
    return folder


def install(served: Path) -> None:
    """Makes the downloads expect what lies in `served`."""
    for name in ("bair", "kth"):
        entry, files = DOWNLOADS[name], []
        for file in entry.files:
            path = served / file.name
            if not path.is_file():
                continue
            kind = file.digest[0] if file.digest else ""
            digest = (kind, hashlib.new(kind, path.read_bytes()).hexdigest()) if kind else None
            rows = len([line for line in path.read_text().splitlines() if line.startswith("person")]) if file.rows else 0
            size = path.stat().st_size
            files.append(replace(file, size=size, digest=digest, rows=rows, room=20 * size if file.room else 0))
        DOWNLOADS[name] = replace(entry, files=tuple(files), room=0)
