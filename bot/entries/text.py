"""HTML from anywhere becomes plain words: one line a paragraph, nothing invisible, no site debris.

The tags are found by patterns that stop at the next ``<``, so the time is linear for any input;
`html.parser` takes seconds for 40 KB of unclosed tags.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape

MARKUP_LIMIT = 100_000
"""Characters of markup looked at; no summary needs more."""
TEXT_LIMIT = 4_000
MARKS_IN_A_ROW = 4
"""Combining marks kept on one letter; no script needs more, and hundreds deface a channel."""

_DROPPED = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(script|style|noscript|iframe|svg|template|form|button|select|textarea|figcaption)\b"
    r".*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(r"""<(/?[a-z!?][a-z0-9:-]*)(?:[^<>"']+|"[^"<]*"|'[^'<]*')*>?""", re.IGNORECASE)
_BREAKING = re.compile(
    "/?(?:address|article|aside|blockquote|br|caption|d[dlt]|div|figure|footer|h[1-6]|header|hr|li|main"
    "|nav|[ou]l|p|pre|section|table|t[dhr])"
)
_BLANK_LINE = re.compile(r"\n\s*\n")

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc\ud800-\udfff\U000e0000-\U000e0fff]"
)
# Persian parts a word with it where others write a space; taking it away would join the parts.
_NON_JOINER = re.compile("(?<=[\u0600-\u06ff])\u200c(?=[\u0600-\u06ff])")
# Every mark that has a place in the order of a letter's marks, the three of Tibet that are made of
# such marks, and those of Thai and some other scripts that have none.
_MARKS = "".join(filter(unicodedata.combining, map(chr, range(0x300, 0x20000)))) + (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u0e31"
    "\u0e34-\u0e3a\u0e47-\u0e4e\u0f73\u0f75\u0f81\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_TOO_MANY_MARKS = re.compile(f"([{_MARKS}]{{{MARKS_IN_A_ROW}}})[{_MARKS}]+")
_SENTENCE_END = re.compile(r"""[.!?…؟۔。！？]["'”’»)\]]*(?=\s|$)""")

_ON_ITS_OWN = re.compile(
    r"""
    (?: (?:read|see|watch)\ (?:also|next) | also\ read | related(?:\ (?:articles?|stories))?(?=:|$)
      | (?:à\ )?(?:lire|voir|écouter)\ aussi | sur\ le\ même\ sujet | اقرأ\ أيضا | بیشتر\ بخوانید
    )\b .*
    | (?: read\ more | read\ (?:the\ )?(?:full|rest|whole)\b.{0,30} | continue\ reading | keep\ reading
        | click\ here | find\ out\ more | full\ (?:story|article)
        | lire\ la\ suite | lire\ plus | en\ savoir\ plus
      ) (?: \s*[:.…»›>→\[("“].* | \ (?:about|at|for|here|on|to)\b.* | .*[→»›] | \W* )
    | (?:please\ )?(?:subscribe|abonnez-vous) (?: \W* | \ (?:now|today|here|to|for|à|pour)\b.{0,120} )
    | (?:sign\ up|register|inscrivez-vous)
        (?: \W* | \ .{0,80}\b(?:newsletters?|e-?mails?|alerts?|briefing|our|nos|notre|free)\b.{0,80} )
    | (?: (?:this\ )?(?:article|story|content)\ (?:is\ )? )? (?:available\ )?
        (?:for|to|reserved\ for)\ (?:our\ )? (?:subscribers|members)(?:\ only)? \W*
    | subscribers?\ only \W*
    | (?:cet\ |l['’])? (?:article|contenu)\ (?:est\ )?(?:réservé|payant)\b.{0,60}
    | réservé\ (?:à\ nos|aux)\ abonnés .{0,20}
    | (?:leave\ a|post\ a|add\ a|no)\ (?:comments?|reply) .{0,40} | \d*\ ?comments? \W*
    | (?:laisser|ajouter)\ un\ commentaire .{0,40}
    | the\ post\ .{1,300}\ (?:appeared\ first\ on|first\ appeared\ on)\ .{1,100}
    | (?:cet\ article|l['’]article)\ .{1,300}\ est\ apparu\ en\ premier\ sur\ .{1,100}
    | (?:share|partager|follow\ us|suivez-nous)\b(?: \ (?:this|on|sur|cet)\b.{0,60} | \W* )
    | advertisement | publicité
    """,
    re.IGNORECASE | re.VERBOSE,
)
_AT_THE_END = re.compile(
    r"""(?: (?<=[.!?…"'”’»)\]])\s+ | \s*[\[(] )
    (?: read\ more | continue\ reading | read\ the\ full\ (?:story|article) | full\ story
      | lire\ la\ suite | lire\ plus | the\ post\ .{1,300}\ appeared\ first\ on\ .{1,100} ) \W* \Z""",
    re.IGNORECASE | re.VERBOSE,
)
_LONGEST_DEBRIS = 500


def plain(html: str, limit: int = TEXT_LIMIT) -> str:
    """The words of `html`, one line a paragraph or list item, cut at a sentence within `limit`."""
    markup = html[:MARKUP_LIMIT]
    if "<" in markup:
        markup = _TAG.sub(_break, _folded(_DROPPED.sub(" ", markup)))
    else:
        markup = "\n".join(map(_folded, _BLANK_LINE.split(markup)))
    lines = (_without_debris(_folded(line)) for line in _visible(unescape(markup)).split("\n"))
    return _cut("\n".join(line for line in lines if line), limit)


def one_line(html: str, limit: int = 500) -> str:
    """The words of a title."""
    markup = html[:MARKUP_LIMIT]
    if "<" in markup:
        markup = _TAG.sub(_break, _DROPPED.sub(" ", markup))
    return _cut(_folded(_visible(unescape(markup))), limit)


def opening(text: str, limit: int = 120) -> str:
    """The first words of plain text, to stand for a title that is wanting."""
    first = text.partition("\n")[0]
    if (end := _SENTENCE_END.search(first, 20)) is not None:
        first = first[: end.end()]
    return first if len(first) <= limit else first[: limit - 1].rpartition(" ")[0] + "…"


def _break(tag: re.Match[str]) -> str:
    return "\n" if _BREAKING.fullmatch(tag[1].lower()) else ""


def _visible(text: str) -> str:
    text = _INVISIBLE.sub("", _NON_JOINER.sub(" ", text))
    # Before they are put in order, which takes the square of their number.
    return unicodedata.normalize("NFC", _TOO_MANY_MARKS.sub(r"\1", text))


def _folded(line: str) -> str:
    return " ".join(line.split())


def _without_debris(line: str) -> str:
    if len(line) <= _LONGEST_DEBRIS and _ON_ITS_OWN.fullmatch(line.strip("-–—•·|>»* ")):
        return ""
    return _AT_THE_END.sub("", line).rstrip()


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    ends = [end.end() for end in _SENTENCE_END.finditer(text, limit // 2, limit)]
    if ends:
        return text[: ends[-1]]
    return text[: limit - 1].rpartition(" ")[0] + "…"
