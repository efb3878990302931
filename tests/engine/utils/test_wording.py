"""Errors, durations and other people's texts in words."""

from __future__ import annotations

import logging

import pytest

from svg_studio.engine.errors import DataError
from svg_studio.engine.utils.wording import ShownFormatter, masked, masked_address, sentence, shown, shown_lines, span


@pytest.mark.parametrize(
    "error, told",
    [
        (DataError("a\nb\x1b[2J.mp4: is damaged"), r"a\nb\x1b[2J.mp4: is damaged"),
        (ValueError("one\ntwo"), "ValueError: one"),
        (ValueError(), "ValueError"),
        (FileNotFoundError(2, "No such file or directory", "a.pt"), "a.pt: No such file or directory"),
        (ValueError("http://user:geheim@host/x?token=a"), "ValueError: http://host/x?token=…"),
        (OSError("no number"), "OSError: no number"),
    ],
)
def test_that_an_error_is_told_in_one_sentence(error: Exception, told: str) -> None:
    assert sentence(error) == told


@pytest.mark.parametrize(
    "text, seen",
    [
        ("Zürich – 東京 🎬.mp4", "Zürich – 東京 🎬.mp4"),
        ("<img src=x>&amp;$a$", "<img src=x>&amp;$a$"),
        ("\x1b[2J\x07\r\n\t\0", r"\x1b[2J\x07\r\n\t\x00"),
        ("a\u202eb\u2066c\u200bd\u2028e\ufefff", r"a\u202eb\u2066c\u200bd\u2028e\ufefff"),
        ("\udcff\ud800", r"\udcff\ud800"),
        ("\x85\x9b2J", r"\x85\x9b2J"),
    ],
)
def test_that_what_cannot_be_seen_is_written_out(text: str, seen: str) -> None:
    assert shown(text) == seen
    assert shown_lines(f"{text[:1]}\n") == f"{shown(text[:1])}\n"


@pytest.mark.parametrize("length, most", [(100_000, 200), (201, 200), (10, 7)])
def test_that_a_long_text_loses_its_middle(length: int, most: int) -> None:
    text = "a" * (length - 1) + "z"
    assert shown(text, most) == text[: most - most // 2 - 1] + "…" + text[-(most // 2) :]
    assert len(shown(text, most)) == most
    assert shown(text[:most], most) == text[:most]


@pytest.mark.parametrize(
    "address, told",
    [
        ("https://user:geheim@host/x", "https://host/x"),
        ("https://geheim@host:80/x", "https://host:80/x"),
        ("https://user:ge/he@im@host/x", "https://host/x"),
        ("https://host:8080/@scope/x", "https://host:8080/@scope/x"),
        ("https://host/@scope/x", "https://host/@scope/x"),
        ("https://host/x?token=geheim&download=1#k=geheim", "https://host/x?token=…&download=1#k=…"),
        ("https://host/x?geheim", "https://host/x?…"),
        ("https://host/x?geheim==", "https://host/x?…"),
        ("https://host/x?geheimgeheimgeheimgeheimgeheim=", "https://host/x?…"),
        ("https://host/x?token=&download=1", "https://host/x?token=&download=1"),
        ("https://host/x?download=geheim", "https://host/x?download=…"),
        ("HTTPS://user:geheim@host/", "HTTPS://host/"),
    ],
)
def test_that_an_address_keeps_its_secrets(address: str, told: str) -> None:
    assert masked_address(address) == told
    assert masked(f"see {address} there") == f"see {told} there"


@pytest.mark.parametrize("address, told", [("user:geheim@host/x", "host/x"), ("https://user:ge heim@host/x", "https://host/x")])
def test_that_what_is_no_good_address_keeps_them_too(address: str, told: str) -> None:
    assert masked_address(address) == told


def test_that_a_log_holds_neither_secrets_nor_what_moves_a_cursor() -> None:
    record = logging.LogRecord("a", logging.INFO, "", 1, "%s\nline", ("\x1b[2J https://user:geheim@host/",), None)
    assert ShownFormatter("%(message)s").format(record) == "\\x1b[2J https://host/\nline"


@pytest.mark.parametrize(
    "least, most, words",
    [
        (1200, 2400, "20–40 min"),
        (50, 130, "50 s – 2 min"),
        (21400, 59200, "6–16 h"),
        (3000, 7300, "50 min – 2 h"),
        (2160, 2160, "36 min"),
        (7500, 7500, "2 h 05 min"),
        (7300, 8000, "about 2 h"),
        (3 * 86400, 9 * 86400, "3–9 days"),
        (20, 40, "20–40 s"),
        (3580, 7300, "1–2 h"),
    ],
)
def test_that_a_time_between_bounds_is_as_exact_as_it_is_known(least: float, most: float, words: str) -> None:
    assert span(least, most) == words
