"""HTML from anywhere becomes plain words: one line a paragraph, nothing invisible, no site debris.

The tags are found by patterns that stop at the next ``<``, so the time is linear for any input: at
most 12 ms for `MARKUP_LIMIT`. Parsers that build the tree are not: on 100,000 characters of
``<ul><li>`` or ``<div>`` Lexbor (selectolax 1.0) takes 380 to 580 ms, on one tag of 14,000
attributes 220 ms, and `html.parser` seconds for unclosed tags, all on the event loop. On common
summaries, patterns and Lexbor cost the same.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape

from bot.entries.debris import without_debris

MARKUP_LIMIT = 40_000
"""Characters of markup looked at; no summary needs more."""
TEXT_LIMIT = 4_000
TITLE_LIMIT = 500
MARKS_IN_A_ROW = 4
"""Combining marks kept on one letter; no script needs more, and hundreds deface a channel."""

_DROPPED = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(script|style|noscript|iframe|svg|template|form|button|select|textarea|figcaption)\b"
    r".*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(r"""<(/?[a-z!?][a-z0-9:-]*)(?:[^<>"']+|"[^"<]*"|'[^'<]*')*>?""", re.IGNORECASE)
# Markup that was escaped once too often: what is left of it is “&lt;p&gt;”.
_ESCAPED_TAG = re.compile(
    r"&lt;/?(?:a|b|br|div|em|font|h[1-6]|i|img|li|ol|p|span|strong|su[bp]|u|ul)(?:\s|/|&gt;)",
    re.IGNORECASE,
)
_BREAKING = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "caption",
        "dd",
        "div",
        "dl",
        "dt",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
    ]
)
_CELL = "\v"
"""Stands between two cells of a table row; no text has it once its blanks are folded."""
_BLANK_LINE = re.compile(r"\n\s*\n")

_INVISIBLE = re.compile(
    "[\x00-\x08\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
# Persian parts a word with it where others write a space; taking it away would join the parts.
_NON_JOINER = re.compile("(?<=[\u0600-\u06ff])\u200c(?=[\u0600-\u06ff])")
# Every mark that has a place in the order of a letter's marks, the three of Tibet that are made of
# such marks, and those of Thai and some other scripts that have none.
_MARKS = "".join(filter(unicodedata.combining, map(chr, range(0x300, 0x10000)))) + (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u0e31"
    "\u0e34-\u0e3a\u0e47-\u0e4e\u0f73\u0f75\u0f81\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_RARE_MARKS = "".join(filter(unicodedata.combining, map(chr, range(0x10000, 0x20000))))
_MARK = f"[{_MARKS}{_RARE_MARKS}]"
_TOO_MANY_MARKS = re.compile(f"({_MARK}{{{MARKS_IN_A_ROW}}}){_MARK}+")
# The class above is slow for want of a table beyond U+FFFF; this one is fast and matches no less.
_PERHAPS_TOO_MANY = re.compile(f"[{_MARKS}\U00010000-\U0001ffff]{{{MARKS_IN_A_ROW + 1}}}")

_QUOTES = r"""["'”’»)\]」』）】]*"""
# Chinese and Japanese write no blank after a sentence.
_SENTENCE_END = re.compile(rf"[.!?…؟۔।॥።။។]{_QUOTES}(?=\s|$)|[。！？｡]{_QUOTES}")
_SKIN_TONES = frozenset("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")


def plain(html: str, limit: int = TEXT_LIMIT) -> str:
    """The words of `html`, one line a paragraph or list item, cut at a sentence within `limit`."""
    markup = _markup(html)
    if "<" in markup:
        markup = _TAG.sub(_break, _folded(_DROPPED.sub(" ", markup)))
    else:
        markup = "\n".join(map(_folded, _BLANK_LINE.split(markup)))
    lines = (without_debris(_row(line)) for line in _visible(unescape(markup)).split("\n"))
    return _cut("\n".join(filter(None, lines)), limit)


def one_line(html: str, limit: int = TITLE_LIMIT) -> str:
    """The words of a title."""
    markup = _markup(html)
    if "<" in markup:
        markup = _TAG.sub(_break, _DROPPED.sub(" ", markup))
    text = unescape(markup)
    if "&" in text:  # no headline speaks of “&amp;”: it was escaped twice
        text = unescape(text)
    return _cut(_folded(_visible(text)), limit)


def opening(text: str, limit: int = 120) -> str:
    """The first words of plain text, to stand for a title that is wanting."""
    first = text.partition("\n")[0]
    if (end := _SENTENCE_END.search(first, 20)) is not None:
        first = first[: end.end()]
    return first if len(first) <= limit else _cut_at_a_word(first, limit)


def ends_a_sentence(line: str) -> bool:
    return any(end.end() == len(line) for end in _SENTENCE_END.finditer(line, len(line) - 5))


def _markup(html: str) -> str:
    markup = html[:MARKUP_LIMIT]
    if "<" not in markup and "&" in markup and _ESCAPED_TAG.search(markup):
        return unescape(markup)
    return markup


def _break(tag: re.Match[str]) -> str:
    name = tag[1].lower()
    if name in ("td", "th"):
        return _CELL
    return "\n" if name.removeprefix("/") in _BREAKING else ""


def _row(line: str) -> str:
    """A line without needless blanks, or the cells of a table row."""
    if _CELL not in line:
        return _folded(line)
    return " | ".join(filter(None, map(_folded, line.split(_CELL))))


def _visible(text: str) -> str:
    if "\u200c" in text:
        text = _NON_JOINER.sub(" ", text)
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    text = _INVISIBLE.sub("", text)
    # Before they are put in order, which takes the square of their number.
    if _PERHAPS_TOO_MANY.search(text):
        text = _TOO_MANY_MARKS.sub(r"\1", text)
    return unicodedata.normalize("NFC", text)


def _folded(line: str) -> str:
    if "  " not in line and line.isascii() and line.isprintable():
        return line.strip()
    return " ".join(line.split())


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    # One character further, so that a full stop there is seen to end a sentence or not.
    ends = (end.end() for end in _SENTENCE_END.finditer(text, limit // 2, limit + 1))
    return text[: max((end for end in ends if end <= limit), default=0)] or _cut_at_a_word(
        text, limit
    )


def _cut_at_a_word(text: str, limit: int) -> str:
    """`text` to the last blank of its second half; where there is none, to a whole character."""
    end = text.rfind(" ", limit // 2, limit - 1)
    if end < 0:
        end = limit - 1
        while end and (unicodedata.category(text[end])[0] == "M" or text[end] in _SKIN_TONES):
            end -= 1
    return text[:end].rstrip() + "…"
