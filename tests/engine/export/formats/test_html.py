"""The page that is shared: nothing of it is outside, nothing that it tells is markup, and its player keeps one clock."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from support.browser import Browser, started
from support.places import ROOT

from svg_studio.engine.config import DataConfig, ExportConfig, FuturesConfig
from svg_studio.engine.errors import ExportError
from svg_studio.engine.events import FileExported, Frames, FutureSampled
from svg_studio.engine.export.citation import CITATION
from svg_studio.engine.export.export import estimate_size, export
from svg_studio.engine.export.formats import html
from svg_studio.engine.export.grid import GIVEN, IMAGINED, Tile
from svg_studio.engine.sampling.futures import explore
from svg_studio.paths import resource

HOSTILE = (
    '"><script>document.title = "caught"</script>',
    "</figcaption></figure><img src=http://127.0.0.1:9/x onerror='document.title = 1'>",
    "' autofocus onfocus=alert(1) x='",
    "</style></script><base href=http://127.0.0.1:9/>&lt;&amp;",
    "seed\u202e1 \x00\x1b[2J \ud800 ü 未来",
)


def numbered(k: int, n_frames: int = 7, height: int = 6, width: int = 8, n_past: int = 2, channels: int = 1) -> Tile:
    """Frame t of tile k is 10 t + k all over."""
    greys = 10 * np.arange(n_frames) + k
    return Tile(
        np.broadcast_to(greys[:, None, None, None], (n_frames, height, width, channels)).astype(np.uint8), n_past, f"seed {k}"
    )


def written(folder: Path, tiles: tuple[Tile, ...], **settings: Any) -> Path:
    config = ExportConfig(path=str(folder / "wall.html"), format="html", **settings)
    *_, last = export(config, tiles)
    assert isinstance(last, FileExported)
    return last.path


class Page(HTMLParser):
    """What a file holds: tags with their attributes, and the text of each kind of tag."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append((self.tags[-1][0] if self.tags else "", data))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def text(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag and text.strip()]

    def videos(self) -> list[Frames]:
        """The frames of each tile (T, H, W, C), as the page's attributes say they lie."""
        found = []
        for figure, image in zip(self.all("figure"), self.all("img"), strict=True):
            n_frames, columns, width, height = (int(figure[f"data-{name}"]) for name in ("frames", "columns", "width", "height"))
            kind, _, data = image["src"].partition(",")
            assert kind == "data:image/png;base64"
            picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data, validate=True))))
            picture = picture.reshape(*picture.shape[:2], -1)
            places = [divmod(t, columns) for t in range(n_frames)]
            found.append(np.stack([picture[r * height : (r + 1) * height, c * width : (c + 1) * width] for r, c in places]))
        return found


# ---- what is in the file


@pytest.mark.parametrize("n_frames", [1, 2, 7, 30])
@pytest.mark.parametrize("channels", [1, 3])
def test_that_every_frame_comes_back_as_it_was(tmp_path: Path, n_frames: int, channels: int) -> None:
    rng = np.random.default_rng(0)
    sizes = [(n_frames, 16, 16, channels), (max(1, n_frames - 1), 12, 20, channels)]
    tiles = tuple(Tile(rng.integers(0, 256, size, np.uint8), 1) for size in sizes)
    for tile, frames in zip(tiles, Page(written(tmp_path, tiles)).videos(), strict=True):
        np.testing.assert_array_equal(frames, tile.frames)


def test_that_nothing_is_loaded_from_outside(tmp_path: Path) -> None:
    page = Page(written(tmp_path, (numbered(0), numbered(1)), about=("Data: https://example.org/set?key=1",)))
    links = [value for _, tag in page.tags for name, value in tag.items() if name in ("src", "href", "srcset", "data", "action")]
    assert links
    assert all(link.startswith("data:") for link in links)
    assert not {"base", "iframe", "object", "embed", "form", "a"} & {name for name, _ in page.tags}
    code = "".join(page.text("style") + page.text("script"))
    assert not re.search(r"//\w|url\(|@import|import\b|fetch|XMLHttp|WebSocket|eval|innerHTML", code)


def test_that_the_policy_allows_its_own_script_and_style_alone(tmp_path: Path) -> None:
    page = Page(written(tmp_path, (numbered(0),)))
    names = [name for name, _ in page.tags]
    (policy,) = (tag["content"] for tag in page.all("meta") if tag.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "data:"
    assert rules["script-src"].startswith("'sha256-")
    assert "unsafe" not in policy
    assert names.index("meta") < names.index("style")
    assert "style" not in {name for _, tag in page.tags for name in tag}, "a policy of hashes allows no style in a tag"


def test_that_nobodys_text_becomes_markup(tmp_path: Path) -> None:
    tiles = tuple(Tile(numbered(k).frames, 2, text) for k, text in enumerate(HOSTILE))
    honest = tuple(Tile(numbered(k).frames, 2, "x") for k in range(len(HOSTILE)))
    about = tuple(f"{('Model', 'Data', text)[min(k, 2)]}: {text}" for k, text in enumerate(HOSTILE))
    page = Page(written(tmp_path, tiles, about=about))
    (tmp_path / "honest").mkdir()
    other = Page(written(tmp_path / "honest", honest, about=tuple(f"{'Model' if not k else 'x'}: x" for k in range(len(about)))))
    assert [(name, sorted(tag)) for name, tag in page.tags] == [(name, sorted(tag)) for name, tag in other.tags]
    assert page.text("span")[:4] == list(HOSTILE[:4])
    assert page.text("span")[4] == r"seed\u202e1 \x00\x1b[2J \ud800 ü 未来"
    assert [image["alt"] for image in page.all("img")][:4] == list(HOSTILE[:4])
    assert HOSTILE[0] in page.text("td")
    assert page.text("title") == [f"Futures of {HOSTILE[0]}"]


def test_that_settings_and_citation_are_told(tmp_path: Path) -> None:
    page = Page(written(tmp_path, (numbered(0),), fps=12.5, about=("Model: demo.pt", "Clip: test: 17")))
    told = dict(zip(page.text("th"), page.text("td"), strict=True))
    assert told["Model"] == "demo.pt"
    assert told["Clip"] == "test: 17"
    assert told["Frames"] == "7, at 12.5 frames/s"
    assert page.text("pre") == [CITATION.rstrip("\n")] or "".join(page.text("pre")) == CITATION
    assert CITATION in (ROOT / "README.md").read_text(encoding="utf-8")


def test_that_captions_have_their_parts(tmp_path: Path) -> None:
    page = Page(written(tmp_path, (Tile(numbered(0).frames, 2, "best · seed 5 · SSIM 0.753"),)))
    assert [text for text in page.text("span") if text != " · "] == ["best", "seed 5", "SSIM 0.753"]
    assert page.all("img")[0]["alt"] == "best · seed 5 · SSIM 0.753"


def test_that_captions_and_borders_can_be_left_out(tmp_path: Path) -> None:
    page = Page(written(tmp_path, (numbered(3),), captions=False, borders=False))
    assert not page.all("figcaption")
    assert "seed 3" not in page.source
    assert page.all("img")[0]["alt"] == "Tile 1"
    assert "data-border" not in page.all("figure")[0]


def test_that_the_same_tiles_make_the_same_page(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    assert written(tmp_path, (numbered(0),)).read_bytes() == written(tmp_path / "again", (numbered(0),)).read_bytes()


def test_that_sixteen_futures_of_the_demo_take_less_than_two_megabytes(tmp_path: Path) -> None:
    config = FuturesConfig(
        model_path=str(resource("demo.pt")), data=DataConfig(digits="drawn"), n_past=5, n_future=25, n_futures=16, device="cpu"
    )
    tiles = tuple(Tile(event.frames, 5, "seed") for event in explore(config) if isinstance(event, FutureSampled))
    assert len(tiles) == 16
    assert written(tmp_path, tiles).stat().st_size < 2_000_000


def test_that_what_no_browser_opens_is_refused(tmp_path: Path) -> None:
    frame = np.broadcast_to(np.zeros((1, 1, 1, 1), np.uint8), (2, 9000, 9000, 1))
    for job in (export, estimate_size):
        with pytest.raises(ExportError, match="million pixels of video are too many for a page"):
            list(job(ExportConfig(path=str(tmp_path / "wall"), format="html"), (Tile(frame, 1),)))
    assert list(tmp_path.iterdir()) == []
    assert html.sheet(np.zeros((30, 2, 3, 1), np.uint8))[0].shape == (10, 18, 1)


# ---- in a browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with started() as browser:
        yield browser


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    chromium.fresh()
    return chromium


SHOWN = """[...document.querySelectorAll('canvas')].map((canvas) =>
    [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data])"""
SEEN = "new Promise((done) => { const look = () => ID.hidden ? setTimeout(look, 5) : done(); look(); })"


def opened(browser: Browser, path: Path) -> Browser:
    browser.open(path)
    browser.evaluate(SEEN.replace("ID", "bar"))
    return browser


def frames_shown(browser: Browser) -> list[int]:
    """Which frame each tile of `numbered` shows."""
    found = []
    for k, pixels in enumerate(browser.evaluate(SHOWN)):
        (grey,) = set(np.array(pixels).reshape(-1, 4)[:, :3].ravel().tolist())
        found.append((grey - k) // 10)
    return found


def test_that_all_tiles_play_on_one_clock(browser: Browser, tmp_path: Path) -> None:
    tiles = (numbered(0), numbered(1), numbered(2, n_frames=4))
    opened(browser, written(tmp_path, tiles, fps=10, scale=3))
    assert frames_shown(browser) == [0, 0, 0]
    seen = []
    for ms in (99, 2, 99, 100, 100, 250, 60):
        browser.evaluate(f"pass({ms})")
        seen.append(frames_shown(browser))
    assert seen == [[0, 0, 0], [1, 1, 1], [2, 2, 2], [3, 3, 3], [4, 4, 3], [6, 6, 3], [0, 0, 0]], "the shorter one holds its last"
    assert browser.evaluate("document.querySelector('canvas').getBoundingClientRect().width") == 8 * 3 + 2 * 3
    browser.evaluate("speed.value = '4'; speed.dispatchEvent(new Event('change')); pass(60)")
    assert frames_shown(browser) == [2, 2, 2]
    for speed in ("0.25", "4"):
        browser.evaluate(f"speed.value = '{speed}'; speed.dispatchEvent(new Event('change')); pass(1)")
        assert frames_shown(browser) == [2, 2, 2], "no frame is left out for another speed"
    browser.evaluate("pass(10 * 25 * 7); repeat.click(); pass(1)")
    assert frames_shown(browser) == [2, 2, 2], "it was repeated ten times, and now goes on to its end"
    browser.evaluate("pass(10000)")
    assert frames_shown(browser) == [6, 6, 3]
    assert browser.evaluate("play.textContent") == "Play", "it stands at the end"
    browser.evaluate("play.click(); pass(30)")
    assert frames_shown(browser) == [1, 1, 1], "and begins again"
    assert browser.complaints == []


def test_that_every_pixel_is_shown_as_it_was_made(browser: Browser, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    tiles = tuple(Tile(rng.integers(0, 256, (5, 9, 7, channels), np.uint8), 2) for channels in (1, 3))
    opened(browser, written(tmp_path, tiles))
    for t in range(5):
        for tile, pixels in zip(tiles, browser.evaluate(SHOWN), strict=True):
            shown = np.array(pixels).reshape(9, 7, 4)
            np.testing.assert_array_equal(shown[..., :3], np.broadcast_to(tile.frames[t], (9, 7, 3)))
        browser.press("ArrowRight")


def test_that_keys_and_the_slider_move_through_time(browser: Browser, tmp_path: Path) -> None:
    opened(browser, written(tmp_path, (numbered(0),)))
    browser.press(" ")
    browser.evaluate("pass(1000)")
    assert frames_shown(browser) == [0], "space pauses"
    for key, frame in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 6), ("ArrowRight", 6), ("Home", 0)):
        browser.press(key)
        assert frames_shown(browser) == [frame]
    browser.evaluate("time.value = 4; time.dispatchEvent(new Event('input'))")
    assert frames_shown(browser) == [4]
    browser.evaluate("time.focus()")
    browser.press("ArrowRight")
    assert frames_shown(browser) == [5], "once, by the slider itself"
    browser.evaluate("play.focus()")
    browser.press(" ")
    assert browser.evaluate("play.textContent") == "Pause", "once, by the button itself"
    browser.evaluate("pass(1), back.focus()")
    browser.press(" ")
    assert frames_shown(browser) == [4], "a button does what it says, whatever has the focus"
    browser.evaluate("speed.focus()")
    browser.press("ArrowRight")
    assert frames_shown(browser) == [4], "a list keeps its keys"


def test_that_borders_and_words_tell_what_is_given(browser: Browser, tmp_path: Path) -> None:
    tiles = (Tile(numbered(0).frames, 7, "truth"), numbered(1), Tile(numbered(2).frames, 2, "bare", border=False))
    opened(browser, written(tmp_path, tiles))
    colours = "[...document.querySelectorAll('canvas')].map((c) => getComputedStyle(c).borderTopColor)"
    green, red = (f"rgb{colour}" for colour in (GIVEN, IMAGINED))
    clear = "rgba(0, 0, 0, 0)"
    browser.press("ArrowRight")
    assert browser.evaluate(colours) == [green, green, clear]
    assert browser.evaluate("said.textContent") == "Frame 2 of 7 · given"
    browser.press("ArrowRight")
    assert browser.evaluate(colours) == [green, red, clear]
    assert browser.evaluate("time.getAttribute('aria-valuetext')") == "Frame 3 of 7 · imagined"


def test_that_everything_has_a_name_and_is_reached_by_tab(browser: Browser, tmp_path: Path) -> None:
    opened(browser, written(tmp_path, (numbered(0),)))
    tree = browser.call("Accessibility.getFullAXTree")["nodes"]
    named = {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if not node["ignored"]}
    wanted = {
        *(("button", name) for name in ("Pause", "One frame back", "One frame forward")),
        *{("slider", "Frame"), ("combobox", "Speed"), ("checkbox", "Repeat"), ("image", "seed 0"), ("group", "Player")},
    }
    assert wanted <= named
    reached = []
    for _ in range(6):
        browser.press("Tab")
        reached.append(browser.evaluate("document.activeElement.id"))
    assert reached == ["play", "back", "forward", "time", "speed", "repeat"]


def test_that_schemes_and_stillness_are_as_the_person_prefers(browser: Browser, tmp_path: Path) -> None:
    path = written(tmp_path, (numbered(0),))
    browser.prefer(prefers_color_scheme="dark", prefers_reduced_motion="reduce")
    opened(browser, path)
    grounds = [browser.evaluate("getComputedStyle(document.body).backgroundColor")]
    browser.evaluate("pass(1000)")
    assert frames_shown(browser) == [0], "nothing moves unasked"
    browser.prefer(prefers_color_scheme="light")
    grounds.append(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(28, 28, 28)", "rgb(250, 250, 250)"]


def test_that_a_hostile_page_asks_nobody_and_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    tiles = tuple(Tile(numbered(k).frames, 2, text) for k, text in enumerate(HOSTILE))
    path = written(tmp_path, tiles, about=tuple(f"Model: {text}" for text in HOSTILE))
    opened(browser, path)
    assert browser.evaluate("document.title") == f"Futures of {HOSTILE[0]}"
    assert {address for address in browser.requests if not address.startswith("data:")} == {path.as_uri()}
    assert browser.complaints == []


def test_that_the_policy_stops_what_would_ask_somebody(browser: Browser, tmp_path: Path) -> None:
    path = written(tmp_path, (numbered(0),))
    opened(browser, path)
    stopped = browser.evaluate("""new Promise((done) => {
      const stopped = [];
      document.addEventListener('securitypolicyviolation', (event) => {
        stopped.push(event.effectiveDirective);
        if (stopped.length === 4) done(stopped.sort());
      });
      new Image().src = 'http://127.0.0.1:9/a.png';
      fetch('http://127.0.0.1:9/b').catch(() => 0);
      document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title = "caught"' }));
      const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: 'http://127.0.0.1:9/c.css' });
      document.head.append(link);
    })""")
    assert stopped == ["connect-src", "img-src", "script-src-elem", "style-src-elem"]
    assert browser.evaluate("document.title") == "Futures"
    wished = {address for address in browser.requests if address.startswith("http")}
    assert {"http://127.0.0.1:9/a.png", "http://127.0.0.1:9/c.css"} <= wished == browser.blocked


def test_that_a_damaged_video_is_told(browser: Browser, tmp_path: Path) -> None:
    path = written(tmp_path, (numbered(0), numbered(1)))
    path.write_text(path.read_text(encoding="utf-8").replace("base64,iVBORw0KGgo", "base64,AAAAAAAAAAA", 1), encoding="utf-8")
    browser.open(path)
    browser.evaluate(SEEN.replace("ID", "trouble"))
    assert browser.evaluate("document.getElementById('trouble').innerText") == "This browser cannot decode a video of this page."
