"""What people call a feed, and what they are told of one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.feeds.discovery import Candidate
from bot.feeds.why import in_words
from bot.model.errors import Mistake
from bot.model.feed import Feed, without_secrets
from bot.model.watch import Destination, Platform
from bot.storage.subscription_rows import Subscription

LEAST_EVERY, MOST_EVERY = timedelta(minutes=5), timedelta(days=7)
LONGEST_NAME = 100
NO_FEEDS_HINT = "feed add, then the address of a feed or of a page that has one."

_EVERY = re.compile(r"(\d{1,4})\s*([mhd])", re.IGNORECASE)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def sought(known: Sequence[Subscription], typed: str) -> Subscription | None:
    """The one that `typed` names: by id, by address or by outlet. Raises `Mistake` for several."""
    word = " ".join(typed.strip().strip("<>").split()).casefold()
    hits = [s for s in known if word in _names(s.feed)]
    if len(hits) > 1:
        raise Mistake(
            "Several feeds here are called that.",
            "Say which by its id: " + ", ".join(s.feed.id for s in hits) + ".",
        )
    return hits[0] if hits else None


def unknown(typed: str, place: Destination) -> Mistake:
    """For a feed that is not there, or is somebody else's: both sound the same."""
    # An address may hold a secret.
    what = "feed at that address" if is_address(typed) else f"feed “{typed[:60]}”"
    if place.platform is Platform.CONSOLE:
        return Mistake(f"No {what} was added.", "wirewatch feeds list shows all feeds.")
    return Mistake(f"There is no {what} here.", "feed list shows those there are.")


def locked(feed: Feed) -> Mistake:
    return Mistake(
        f"The address of {feed.outlet} cannot be opened: its key is missing.",
        "Give the whole address again (feed edit, url=…), or ask who runs wirewatch for the key.",
    )


def is_address(typed: str) -> bool:
    return "://" in typed or ("." in typed and " " not in typed.strip())


def outlet_name(text: str) -> str:
    return " ".join(text.split())[:LONGEST_NAME]


def duration(text: str) -> timedelta | None:
    """As ``30m``; None for ``auto``. Raises `Mistake` for anything else."""
    if text.strip().lower() == "auto":
        return None
    match = _EVERY.fullmatch(text.strip())
    every = timedelta(**{_UNITS[match[2].lower()]: int(match[1])}) if match else None
    if every is None or not LEAST_EVERY <= every <= MOST_EVERY:
        raise Mistake(
            f"“{text[:20]}” is no length of time between 5 minutes and 7 days.",
            "Write it as 30m, 2h or 1d, or auto to go by the feed's own rhythm.",
        )
    return every


def named(feed: Feed) -> str:
    return f"{feed.outlet} ({feed.shown})"


def told(standing: Subscription) -> str:
    paused = " · paused" if standing.paused or standing.polling.paused else ""
    return f"{standing.feed.id} · {named(standing.feed)}{paused}"


def state(standing: Subscription) -> str:
    """In a few words, whether it works."""
    polling = standing.polling
    if polling.failures:
        return f"failing, {polling.failures} in a row: {polling.error}"
    return "works" if polling.succeeded_at else "not read yet"


def pace_of(feed: Feed) -> str:
    return f"asked every {in_words(feed.every)}" if feed.every else "asked at its own pace"


def listed(found: Sequence[Candidate]) -> Iterator[str]:
    """One line each, with the number to choose it by."""
    for number, each in enumerate(found, start=1):
        about = ", ".join(filter(None, (each.kind, f"{each.entries} entries")))
        yield f"{number} · {each.title or '(no title)'} — {without_secrets(each.url)} ({about})"


def _names(feed: Feed) -> set[str]:
    return {feed.id, feed.url.casefold(), feed.shown.casefold(), feed.outlet.casefold()}
