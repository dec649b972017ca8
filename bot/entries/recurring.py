"""What one site puts into its texts that is no news, learnt: lines that recur under other titles.

Standing intros and outros, pleas to subscribe, notes on who wrote or may read it. A line that
two updates of one story share is none: it must have stood at the beginning or end of several
articles whose titles have little in common.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zlib import crc32

from bot.entries.text import ends_a_sentence
from bot.model.entry import Entry

TITLES = 4
"""With little in common, under which a line must have stood to be debris."""
REMEMBERED_FOR = timedelta(days=60)
LINES_LIMIT = 80
"""Lines remembered of one feed, in 44 bytes each."""

_LONGEST = 300
"""Characters of a line; longer ones are paragraphs of background."""
_AT_THE_START, _AT_THE_END = 2, 3
"""Lines of a text among which debris is learnt."""
_ENOUGH = 40
"""Characters left of a text that is no full sentence, for it to do without its debris."""
_WORD = re.compile(r"\w+")
_PACKED = struct.Struct(f">8sI{TITLES}Q")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that stood at the beginning or end of an article, known by its digest."""

    digest: bytes
    met_on: date
    titles: tuple[int, ...]
    """Sketches of those it stood under, at most `TITLES`, none akin to another."""

    @property
    def is_debris(self) -> bool:
        return len(self.titles) == TITLES


@dataclass(frozen=True, slots=True)
class Debris:
    """What is learnt of one feed; the lines met last stand last."""

    lines: tuple[Line, ...] = ()

    def packed(self) -> bytes:
        """To be kept with the feed."""
        return b"".join(
            _PACKED.pack(line.digest, line.met_on.toordinal(), *_padded(line.titles))
            for line in self.lines
        )

    @classmethod
    def unpacked(cls, kept: bytes) -> Debris:
        """Of what `packed` gave; of no bytes, a feed that nothing is known of."""
        return cls(tuple(_line(*fields) for fields in _PACKED.iter_unpack(kept)))


def take_off(entries: Sequence[Entry], debris: Debris) -> tuple[tuple[Entry, ...], Debris]:
    """The entries of one feed without its debris, and what is known of it now.

    The fingerprints stay: what is learnt later makes no article a revised one.
    """
    learnt = _learn(entries, debris)
    known = frozenset(line.digest for line in learnt.lines if line.is_debris)
    if not known:
        return tuple(entries), learnt
    return tuple(_without(known, entry) for entry in entries), learnt


def _learn(entries: Sequence[Entry], debris: Debris) -> Debris:
    lines = {line.digest: line for line in debris.lines}
    today = max((entry.seen_at.date() for entry in entries), default=date.min)
    for entry in entries:
        sketch = _sketch(entry.title)
        for digest in _at_the_edges(entry.summary.split("\n")):
            known = lines.pop(digest, None) or Line(digest, today, ())
            lines[digest] = replace(known, met_on=today, titles=_joined(known.titles, sketch))
    young = [line for line in lines.values() if today - line.met_on < REMEMBERED_FOR]
    return Debris(tuple(_the_most_telling(young)))


def _at_the_edges(lines: list[str]) -> Iterator[bytes]:
    if len(lines) > _AT_THE_START + _AT_THE_END:
        lines = lines[:_AT_THE_START] + lines[-_AT_THE_END:]
    return (_digest(line) for line in dict.fromkeys(lines) if line and len(line) <= _LONGEST)


def _the_most_telling(lines: list[Line]) -> list[Line]:
    """`LINES_LIMIT` of them in their order: those of the most titles, then those met last."""
    spare = len(lines) - LINES_LIMIT
    if spare <= 0:
        return lines
    least = frozenset(sorted(lines, key=lambda line: len(line.titles))[:spare])
    return [line for line in lines if line not in least]


def _without(known: frozenset[bytes], entry: Entry) -> Entry:
    lines = entry.summary.split("\n")
    kept = [line for line in lines if len(line) > _LONGEST or _digest(line) not in known]
    if len(kept) == len(lines) or not _says_something(kept):
        return entry
    return replace(entry, summary="\n".join(kept))


def _says_something(lines: Sequence[str]) -> bool:
    """Else what recurs is all that is told, as “This incident has been resolved.”"""
    return sum(map(len, lines)) >= _ENOUGH or any(map(ends_a_sentence, lines))


def _joined(titles: tuple[int, ...], title: int) -> tuple[int, ...]:
    if not title or len(titles) == TITLES or any(_are_akin(title, other) for other in titles):
        return titles
    return (*titles, title)


def _sketch(title: str) -> int:
    """A bit for each word; where a script parts no words, for each two letters."""
    words = _WORD.findall(title.casefold())
    if len(words) < 3 and not title.isascii():
        words = [word[at : at + 2] for word in words for at in range(max(1, len(word) - 1))]
    sketch = 0
    for word in words:
        sketch |= 1 << (crc32(word.encode()) & 63)
    return sketch


def _are_akin(one: int, other: int) -> bool:
    """Whether the shorter title has half of its words in the longer."""
    return 2 * (one & other).bit_count() >= min(one.bit_count(), other.bit_count())


def _digest(line: str) -> bytes:
    return hashlib.blake2b(line.encode(), digest_size=8).digest()


def _padded(titles: tuple[int, ...]) -> tuple[int, ...]:
    return titles + (0,) * (TITLES - len(titles))


def _line(digest: bytes, day: int, *titles: int) -> Line:
    return Line(digest, date.fromordinal(day), tuple(filter(None, titles)))
