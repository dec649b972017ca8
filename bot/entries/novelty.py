"""Which entries are news: new, or known in other words.

Outlets change guids, links and titles at will, and some give one link to many entries. So one key
that stays the same is enough to know an entry again, with three exceptions: a link, when both the
guid and the title are others; a numbered guid's page, when several articles are told on it; and a
title, over another text, unless there is nothing better.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.model.entry import Entry, New, News, Revised, Seen

Known = defaultdict[str, list[Seen]]
"""What is remembered, by key."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What came of the entries of one feed; each article once."""

    news: tuple[News, ...]
    renamed: tuple[Seen, ...]
    """Known articles in the same words under keys that were not remembered, which `keys` holds.

    To be remembered as well: when the next of their keys changes, these may be all that is left.
    """


def recognise(entries: Sequence[Entry], seen: Iterable[Seen]) -> Recognised:
    """What of `entries`, all of one feed, is news to one who remembers `seen`."""
    known: Known = defaultdict(list)
    for row in seen:
        _remember(row, known)
    news: list[News] = []
    renamed: list[Seen] = []
    met: set[str] = set()
    guids = frozenset(key for entry in entries for key in _kind(entry.keys, "guid:"))
    for entry in entries:
        same = _known_as(entry, known, guids)
        if same is None:
            news.append(New(entry))
            _remember(Seen(entry.id, frozenset(entry.keys), entry.fingerprint), known)
            met.add(entry.id)
        elif same.entry_id not in met:
            met.add(same.entry_id)
            if same.fingerprint != entry.fingerprint:
                news.append(Revised(replace(entry, id=same.entry_id)))
            elif others := frozenset(entry.keys) - same.keys:
                renamed.append(replace(same, keys=others))
    return Recognised(tuple(news), tuple(renamed))


def _remember(row: Seen, known: Known) -> None:
    for key in row.keys:
        known[key].append(row)


def _known_as(entry: Entry, known: Known, guids: frozenset[str]) -> Seen | None:
    """What `entry`, told in one poll with `guids`, is remembered as."""
    for key in entry.keys:
        rows = known.get(key, ())
        for row in rows:
            is_one_of_many = len(rows) > 1 or not guids.isdisjoint(row.keys)
            if _is_same(entry, row, key, is_one_of_many):
                return row
    return None


def _is_same(entry: Entry, row: Seen, key: str, is_one_of_many: bool) -> bool:
    """Whether `key`, which both carry, makes them one article.

    `is_one_of_many`: several articles have it, or that of `row` was told in this poll under its own
    guid.
    """
    match key.partition(":")[0]:
        case "link":
            both_have_guids = bool(_kind(entry.keys, "guid:") and _kind(row.keys, "guid:"))
            return not both_have_guids or _share_a_title(entry, row)
        case "page":
            return not is_one_of_many or _share_a_title(entry, row)
        case "title":
            return key == entry.keys[0] or entry.fingerprint == row.fingerprint
        case _:
            return True


def _share_a_title(entry: Entry, row: Seen) -> bool:
    """On whatever day: an article may be dated anew."""
    return not _titles(entry.keys).isdisjoint(_titles(row.keys))


def _titles(keys: Iterable[str]) -> set[str]:
    return {key.partition("|")[0] for key in _kind(keys, "title:")}


def _kind(keys: Iterable[str], kind: str) -> set[str]:
    return {key for key in keys if key.startswith(kind)}
