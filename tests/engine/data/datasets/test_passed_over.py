"""What is no part of a set of videos, by its name."""

import pytest

from svg_studio.engine.data.datasets.passed_over import is_passed_over, posters


@pytest.mark.parametrize(
    "folder, names",
    [
        (
            True,
            (
                "@eaDir",
                "#recycle",
                ".Trash-1000",
                "$RECYCLE.BIN",
                "System Volume Information",
                "__MACOSX",
                ".thumbnails",
                "lost+found",
                ".ipynb_checkpoints",
                "@Recycle",
                "Thumbnails",
                "Proxy",
                "THMBNL",
                "Network Trash Folder",
                ".git",
            ),
        ),
        (
            False,
            ("Thumbs.db", "desktop.ini", ".DS_Store", "._clip.mp4", ".clip.mp4", "GL010001.LRV", "GH010001.thm", "DJI_0001.LRF"),
        ),
    ],
)
def test_that_systems_hidden_files_and_small_copies_are_passed_over(folder: bool, names: tuple[str, ...]) -> None:
    assert [name for name in names if not is_passed_over(name, "mine", folder=folder)] == []


@pytest.mark.parametrize(
    "folder, names",
    [
        (True, ("mine", "@alice", "#1", "thumbs", "train", "recycle", "sub", "MACOSX", "Thumbs.db", "trash can")),
        (False, ("clip.mp4", "@eaDir", "thumbs.mp4", "$clip.avi", "lrv.mp4")),
    ],
)
def test_that_other_names_are_looked_at(folder: bool, names: tuple[str, ...]) -> None:
    assert [name for name in names if is_passed_over(name, "mine", folder=folder)] == []


def test_that_small_copies_of_some_cameras_lie_in_a_folder_of_theirs() -> None:
    assert is_passed_over("SUB", "M4ROOT", folder=True)
    assert not is_passed_over("CLIP", "M4ROOT", folder=True)


@pytest.mark.parametrize(
    "videos, images, found",
    [
        (("a.mp4",), ("a.jpg", "A.PNG", "a.mp4.jpg", "a-thumb.jpg", "a_poster 2.png", "a - cover.webp"), "all"),
        (("a.mp4",), ("poster.jpg", "Folder.jpg", "cover.png", "fanart.jpg", "AlbumArt_{1}_Large.jpg", "banner.jpg"), "all"),
        (("a.mp4",), ("b.jpg", "a1.jpg", "a-0001.png", "ab.jpg", "posters.jpg", "thumb12.jpg", "a-b-thumb.jpg"), "none"),
        ((), ("poster.jpg", "fanart.jpg"), "all"),
        ((), ("poster.jpg", "frame1.jpg"), "none"),
        ((), (), "none"),
    ],
)
def test_that_pictures_of_videos_are_known_by_their_names(videos: tuple[str, ...], images: tuple[str, ...], found: str) -> None:
    assert posters(videos, images) == (set(images) if found == "all" else set())
