"""Names that others may give: each has "odd" in it and something that a page or a terminal could take for an order."""

from __future__ import annotations

KINDS = {
    "markup": "<img src=qrc:x><b>odd</b>",
    "entities": "odd &amp; &lt;b&gt; A&B",
    "formula": r"odd $\frac$ $x$",
    "orders to a terminal": "odd\x1b[2J\x07\x9b",
    "direction": "odd\u202egpm.\u2066\u200b\ufeff",
    "lines": "odd\nline\r\u2028\u2029\x85\t",
    "no characters": "odd\0\ud800\udcff",
    "a mark of Qt's": "odd[*]",
    "long": "odd" + "W" * 100_000,
    "long markup": "<b>odd" + "&" * 100_000,
}
