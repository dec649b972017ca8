"""Which entries are news: new, or known in other words.

Outlets change guids, links and titles at will, and some give one link to many entries. So one
identity that stays the same is enough to know an entry again, except a link alone under which both
the guid and the title are others, and a title alone over another text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.model.entry import Entry, New, Revised, Seen


def fresh(entries: Sequence[Entry], seen: Iterable[Seen]) -> tuple[New | Revised, ...]:
    """What of `entries`, all of one feed, is news to one who remembers `seen`; each entry once."""
    known: defaultdict[str, list[Seen]] = defaultdict(list)
    for row in seen:
        _remember(row, known)
    news: list[New | Revised] = []
    met: set[str] = set()
    for entry in entries:
        same = _known_as(entry, known)
        if same is None:
            news.append(New(entry))
            _remember(Seen(entry.id, frozenset(entry.keys), entry.fingerprint), known)
            met.add(entry.id)
        elif same.entry_id not in met:
            met.add(same.entry_id)
            if same.fingerprint != entry.fingerprint:
                news.append(Revised(replace(entry, id=same.entry_id)))
    return tuple(news)


def _remember(row: Seen, known: defaultdict[str, list[Seen]]) -> None:
    for key in row.keys:
        known[key].append(row)


def _known_as(entry: Entry, known: defaultdict[str, list[Seen]]) -> Seen | None:
    for key in entry.keys:
        for row in known.get(key, ()):
            if _is_same(entry, row, key):
                return row
    return None


def _is_same(entry: Entry, row: Seen, key: str) -> bool:
    """Whether `key`, which both carry, makes them one article."""
    if key.startswith("link:"):
        both_have_guids = bool(_kind(entry.keys, "guid:") and _kind(row.keys, "guid:"))
        return not both_have_guids or not _titles(entry.keys).isdisjoint(_titles(row.keys))
    if key.startswith("title:"):
        return key == entry.keys[0] or entry.fingerprint == row.fingerprint
    return True


def _kind(keys: Iterable[str], kind: str) -> set[str]:
    return {key for key in keys if key.startswith(kind)}


def _titles(keys: Iterable[str]) -> set[str]:
    """Without their days: an article may be dated anew."""
    return {key.partition("|")[0] for key in _kind(keys, "title:")}
