"""What every platform does to text from outside, before its own escaping."""

from __future__ import annotations

import unicodedata

_MARKS = 4
"""Combining marks on one letter; a flood of them writes over the neighbours."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
"""Controls, lone surrogates, and what is there but not seen: bidi, zero-width, tags."""


def clean(text: str) -> str:
    """One line, without what is not seen or changes how its neighbours are seen."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(_seen(unicodedata.normalize("NFC", text)))
    return " ".join(text.split())


def size(text: str) -> int:
    """In UTF-16 units, which are never fewer than code points: the longest a platform may count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def counted(number: int, noun: str) -> str:
    """As ``1 outlet`` and ``2 outlets``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _seen(text: str) -> list[str]:
    kept: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if char.isspace() or (category not in _UNSEEN and marks <= _MARKS):
            kept.append(char)
    return kept
