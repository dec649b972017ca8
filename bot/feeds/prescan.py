"""A cheap look at the bytes for what is known to hurt the readers of feeds.

All of it takes time in proportion to the body, whatever the body is.
"""

from __future__ import annotations

import re

from bot.feeds.fields import MOST_ITEMS
from bot.model.feed import Trouble, Unreadable

MOST_ATTRIBUTES = 500
"""In one tag; feedparser's time grows with their square."""
DEEPEST = 500
"""Elements within each other."""

_BEFORE_ROOT = re.compile(
    rb"""(?: \s++ | <\?.*?\?> | <!--.*?--> | <!DOCTYPE[^\[>]*+ (?:\[[^\]]*+\]\s*+)? > )*+""",
    re.VERBOSE | re.DOTALL,
)
_FIRST_TAG = re.compile(rb"<[A-Za-z_]")
_LONG_TAG = re.compile(rb"<[A-Za-z_][^<]{2000}")
_ATTRIBUTE_PARTS = re.compile(rb"""[^\s=>"']++|"[^"]*+"?|'[^']*+'?|>""")
_TAG = re.compile(
    rb"""<!\[CDATA\[.*?(?:\]\]>|\Z) | <!--.*?(?:-->|\Z)
    | <(?:br|hr|img|input|meta|wbr)\b[^>]*+>?
    | <(?P<end>/?)[A-Za-z_][^<>"']*+(?:"[^"]*+"[^<>"']*+|'[^']*+'[^<>"']*+)*+(?P<empty>(?<=/)>)?""",
    re.VERBOSE | re.DOTALL,
)
_REFERENCE = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]*)|0*([0-9]*));?")
_ITEM_END = re.compile(rb"</(?:[A-Za-z_][\w.-]{0,30}:)?(?:item|entry)\s*>")


def refusal(body: bytes) -> Unreadable | None:
    """Why `body` must not be given to any reader; None: it may be."""
    if not body or body.isspace():
        return Unreadable("It is empty.", Trouble.NOT_A_FEED)
    # Wherever the word stands: what a document type may hold before it is more than a look can tell.
    if b"<!DOCTYPE" in body and b"<!ENTITY" in body:
        return Unreadable(
            "It defines entities of its own, which is a known attack.", Trouble.HARMFUL
        )
    if _most_attributes(body) > MOST_ATTRIBUTES:
        return Unreadable(
            f"One of its tags has more than {MOST_ATTRIBUTES} attributes.", Trouble.HARMFUL
        )
    return None


def too_deep(body: bytes) -> Unreadable | None:
    """Whether its elements lie too deep within each other; dearer than `refusal`."""
    depth = 0
    for tag in _TAG.finditer(body):
        if tag["end"] is None or tag["empty"] is not None:
            continue
        depth = max(depth - 1, 0) if tag["end"] else depth + 1
        if depth > DEEPEST:
            return Unreadable(
                f"It has more than {DEEPEST} elements within each other.", Trouble.HARMFUL
            )
    return None


def prolog(body: bytes) -> bytes:
    """What stands before the root element: declarations, comments, the document type."""
    start = _BEFORE_ROOT.match(body)
    root = _FIRST_TAG.search(body, start.end() if start else 0)
    return body[: root.start() if root else None]


def without_bad_references(body: bytes) -> bytes:
    """`body` without the character references that name no character of XML.

    feedparser raises on those of surrogates and of numbers beyond Unicode, and lets NUL through.
    """
    return _REFERENCE.sub(_kept, body) if b"&#" in body else body


def first_items(body: bytes) -> bytes:
    """`body` without the items after the first `MOST_ITEMS`."""
    if body.count(b"item") + body.count(b"entry") <= 2 * MOST_ITEMS:
        return body
    ends = [end.end() for end in _ITEM_END.finditer(body)]
    return body if len(ends) <= MOST_ITEMS else body[: ends[MOST_ITEMS - 1]] + body[ends[-1] :]


def _most_attributes(body: bytes) -> int:
    """In one tag, as far as it is worth counting."""
    most = 0
    for tag in _LONG_TAG.finditer(body):
        end = body.find(b"<", tag.end())
        parts = 0
        for part in _ATTRIBUTE_PARTS.finditer(
            body, tag.start() + 1, end if end >= 0 else len(body)
        ):
            if part[0] == b">" or parts > 2 * MOST_ATTRIBUTES + 2:
                break
            parts += 1
        most = max(most, parts // 2)
    return most


def _kept(reference: re.Match[bytes]) -> bytes:
    hexadecimal, decimal = reference.groups()
    if not (digits := hexadecimal or decimal):
        return b"" if b"0" in reference[0] else reference[0]  # NUL, or no reference at all
    if len(digits) > 7:
        return b""
    code = int(digits, 16 if hexadecimal else 10)
    allowed = (
        code in (0x9, 0xA, 0xD)
        or 0x20 <= code < 0xD800
        or 0xE000 <= code < 0xFFFE
        or 0x10000 <= code < 0x110000
    )
    return reference[0] if allowed else b""
