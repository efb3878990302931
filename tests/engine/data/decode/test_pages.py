"""Files of several pages: each page is a frame, and a file that is cut short says after which."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from svg_studio.engine.data.decode.opencv import Unusable
from svg_studio.engine.data.decode.pages import pages, several

KINDS = {"tif": {}, "png": {}, "webp": {"lossless": True}, "gif": {}}


def write(path: Path, count: int) -> Path:
    images = [Image.new("RGB", (40, 30), (8 * n, 255 - 8 * n, 40)) for n in range(count)]
    images[0].save(path, save_all=True, append_images=images[1:], **KINDS[path.suffix[1:]])
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_that_every_page_is_read_in_its_order(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"a.{kind}", 12)
    assert several(path)
    found = dict(pages(path, range(0, 100, 3)))
    assert list(found) == [0, 3, 6, 9]
    for number, page in found.items():
        assert not isinstance(page, str)
        assert np.abs(page[5, 5].astype(int) - (40, 255 - 8 * number, 8 * number)).max() <= 1
    assert not several(write(tmp_path / f"one.{kind}", 1))


@pytest.mark.parametrize("kind", KINDS)
def test_that_a_file_that_is_cut_short_says_so(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"a.{kind}", 12)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    said: list[str] = []
    try:
        said += [page for _, page in pages(path, range(100)) if isinstance(page, str)]
    except Unusable as error:
        said.append(str(error))
    assert said
