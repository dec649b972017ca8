"""Feeds: finding, adding, changing and removing them, how they do, and lists of them.

A feed is fetched once, whoever reads it. Who gives one a name or a pace of its own gets it as a
feed of its own, so that nobody meets another workspace's words.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.commands.feed_words import (
    NO_FEEDS_HINT,
    duration,
    is_address,
    listed,
    locked,
    named,
    outlet_name,
    pace_of,
    sought,
    state,
    told,
    unknown,
)
from bot.commands.limits import Allowance, Limit
from bot.commands.rights import may_change
from bot.commands.scout import Scout
from bot.commands.vocabulary import (
    AddFeed,
    Caller,
    EditFeed,
    ExportFeeds,
    FeedCommand,
    FeedStatus,
    File,
    FindFeeds,
    ImportFeeds,
    ListFeeds,
    PauseFeed,
    RemoveFeed,
    Reply,
    ResumeFeed,
    TryFeed,
)
from bot.feeds.addresses import holds_secret, host_of
from bot.feeds.opml import read_opml, write_opml
from bot.feeds.schedule import Pace
from bot.feeds.why import in_words, why_then
from bot.model.errors import Mistake
from bot.model.feed import Feed, without_secrets
from bot.model.watch import Destination, Platform
from bot.storage.subscription_rows import Subscription
from bot.storage.unit import Storage, Unit

MOST_FEEDS = 100
"""In one workspace."""
HEADLINES = 3
MOST_MISTAKES = 10
"""Of a list, that are told one by one."""
IMPORTED_AT_ONCE = 200
"""Feeds of a list, after which others may write."""
HOUR = timedelta(hours=1)


def adds() -> Allowance:
    """How many feeds may be added."""
    return Allowance(Limit(20, HOUR), Limit(60, HOUR))


def looks() -> Allowance:
    """How often an address may be looked at, or a list taken in, for somebody."""
    return Allowance(Limit(30, HOUR), Limit(120, HOUR))


@dataclass(frozen=True, slots=True)
class FeedDesk:
    """Where commands about feeds are carried out."""

    storage: Storage
    scout: Scout
    feed_id: Callable[[str], str]
    """The id of the feed at an address; raises `Mistake` for a secret that cannot be kept."""
    pace: Pace
    adds: Allowance = field(default_factory=adds)
    looks: Allowance = field(default_factory=looks)

    async def perform(self, command: FeedCommand, caller: Caller, now: datetime) -> Reply:
        """Raises `Mistake` for what the caller can mend."""
        match command:
            case AddFeed(address, choice):
                return await self._add(address, choice, caller, now)
            case FindFeeds(address):
                return await self._find(address, caller, now)
            case RemoveFeed(feed):
                return await self._remove(feed, caller, now)
            case ListFeeds():
                return await self._list(caller)
            case TryFeed(feed):
                return await self._test(feed, caller, now)
            case EditFeed():
                return await self._edit(command, caller, now)
            case PauseFeed(feed):
                return await self._pause(feed, caller, now, paused=True)
            case ResumeFeed(feed):
                return await self._pause(feed, caller, now, paused=False)
            case FeedStatus(feed):
                return await self._status(feed, caller, now)
            case ImportFeeds(opml):
                return await self._import(opml, caller, now)
            case ExportFeeds():
                return await self._export(caller, now)
            case _:
                assert_never(command)

    async def choices(self, place: Destination) -> list[tuple[str, str]]:
        """The id and the name of each feed that a person there may speak of."""
        async with self.storage.read() as unit:
            return [(s.feed.id, named(s.feed)) for s in await _own(unit, place)]

    async def _add(self, address: str, choice: int | None, caller: Caller, now: datetime) -> Reply:
        may_change(caller)
        async with self.storage.read() as unit:
            await _make_room(unit, caller.destination)
        self.adds.spend(caller, now)
        found = await self.scout.feeds(address)
        if choice is None and len(found) > 1:
            return Reply(
                f"There are {len(found)} feeds. Say which: feed add, the address, and its number.",
                lines=tuple(listed(found)),
            )
        if choice is not None and not 1 <= choice <= len(found):
            raise Mistake(f"There is no feed {choice} at that address.", "feed find shows them.")
        candidate = found[(choice or 1) - 1]
        feed = self._feed(candidate.url, candidate.title)
        async with self.storage.begin() as unit:
            first = await unit.inbox.first(caller.destination.platform, caller.key, now)
            standing = _same(await _own(unit, caller.destination), feed)
            if standing is None and await unit.subscriptions.is_given_to_all(feed):
                return Reply(
                    f"{feed.outlet} is read already: who runs wirewatch gives it to everybody."
                )
            if standing is not None and first:
                return Reply(f"That feed is here already: {told(standing)}.")
            if standing is None:
                await _make_room(unit, caller.destination)
                await unit.subscriptions.add(feed, caller.destination, caller.user, now, now)
                await unit.subscriptions.describe(feed)
        return Reply(
            f"Reading {named(feed)}, as feed {feed.id}. What stands in it now is taken as known; "
            "new stories are told where a watch matches."
        )

    async def _find(self, address: str, caller: Caller, now: datetime) -> Reply:
        self.looks.spend(caller, now)
        found = await self.scout.feeds(address)
        many = "is 1 feed" if len(found) == 1 else f"are {len(found)} feeds"
        how = "feed add and the address" + (", then a number" if len(found) > 1 else "")
        return Reply(f"There {many}. To read one: {how}.", lines=tuple(listed(found)))

    async def _remove(self, typed: str, caller: Caller, now: datetime) -> Reply:
        may_change(caller)
        place = caller.destination
        async with self.storage.begin() as unit:
            standing = sought(await _subscribed(unit, place), typed)
            if standing is not None:
                await unit.inbox.first(place.platform, caller.key, now)
                await unit.subscriptions.remove(standing.feed.id, place.platform, place.workspace)
        if standing is None:
            return await self._absent(typed, caller, now, "The feed is removed.")
        return Reply(f"Removed {named(standing.feed)}. What it told stays.")

    async def _list(self, caller: Caller) -> Reply:
        place = caller.destination
        async with self.storage.read() as unit:
            own = await _subscribed(unit, place)
            given = await unit.subscriptions.count_given_to_all()
        all_get = f"{given} more are given to all by who runs wirewatch."
        if place.platform is Platform.CONSOLE:
            all_get = f"All in all, {given} feeds are given to everybody."
        if not own:
            return Reply(f"No feed was added here yet. {all_get}", lines=(NO_FEEDS_HINT,))
        return Reply(f"The feeds that were added here: {all_get}", lines=tuple(map(told, own)))

    async def _test(self, typed: str, caller: Caller, now: datetime) -> Reply:
        async with self.storage.read() as unit:
            standing = sought(await _own(unit, caller.destination), typed)
        if standing is None and not is_address(typed):
            raise unknown(typed, caller.destination)
        if standing is not None and standing.feed.locked:
            raise locked(standing.feed)
        self.looks.spend(caller, now)
        url = standing.feed.url if standing else (await self.scout.feeds(typed))[0].url
        items = await self.scout.items(url)
        headlines = [item.title or "(no title)" for item in items.items[:HEADLINES]]
        next_poll = f" {self._next(standing, now)}" if standing else ""
        return Reply(
            f"{items.title or without_secrets(url)} can be read: "
            f"{len(items.items)} entries.{next_poll} Nothing was saved or posted.",
            lines=tuple(headlines),
        )

    async def _edit(self, command: EditFeed, caller: Caller, now: datetime) -> Reply:
        may_change(caller)
        place = caller.destination
        if command.url is None and command.outlet is None and command.every is None:
            raise Mistake("Say what to change too.", "For example: feed edit Courier every=30m")
        every = duration(command.every) if command.every is not None else None
        async with self.storage.read() as unit:
            old = sought(await _subscribed(unit, place), command.feed)
        if old is None:
            return await self._absent(command.feed, caller, now, "The feed is changed.")
        if old.feed.locked and command.url is None:
            raise locked(old.feed)
        new = old.feed
        is_shared = new.id == self.feed_id(new.url)
        if command.url is not None:
            self.looks.spend(caller, now)
            candidate = await self.scout.one(command.url)
            moved = self._feed(candidate.url, candidate.title)
            new = moved if is_shared else replace(new, url=moved.url, locked=False)
        if command.outlet is not None:
            name = outlet_name(command.outlet)
            if not name:
                raise Mistake("An outlet has a name.", 'For example: outlet="Baghdad Courier"')
            new = replace(new, outlet=name, publisher=name)
        if command.every is not None:
            new = replace(new, every=every)
        for_all = place.platform is Platform.CONSOLE  # who runs wirewatch names feeds for everybody
        if not for_all and (
            not is_shared or command.outlet is not None or command.every is not None
        ):
            new = replace(new, id=_own_id(self.feed_id(new.url), place))
        async with self.storage.begin() as unit:
            await unit.inbox.first(place.platform, caller.key, now)
            if command.url is not None and await unit.subscriptions.is_given_to_all(new):
                raise Mistake(
                    "Who runs wirewatch gives that feed to everybody already.",
                    "Take yours back: feed remove.",
                )
            if new.id == old.feed.id:
                await unit.subscriptions.describe(new)
            elif await unit.subscriptions.remove(old.feed.id, place.platform, place.workspace):
                await unit.subscriptions.add(new, place, caller.user, now, now)
                await unit.subscriptions.describe(new)
                if old.paused:
                    await unit.subscriptions.pause(new.id, place.platform, place.workspace, True)
        known = "" if new.id == old.feed.id else " What stands in it now is taken as known."
        return Reply(f"Changed: {named(new)}, {pace_of(new)}, as feed {new.id}.{known}")

    async def _pause(self, typed: str, caller: Caller, now: datetime, *, paused: bool) -> Reply:
        may_change(caller)
        place = caller.destination
        async with self.storage.begin() as unit:
            await unit.inbox.first(place.platform, caller.key, now)
            standing = sought(await _own(unit, place), typed)
            if standing is None:
                raise unknown(typed, place)
            await unit.subscriptions.pause(
                standing.feed.id, place.platform, place.workspace, paused
            )
        whom = "for everybody" if place.platform is Platform.CONSOLE else "here"
        if paused:
            return Reply(
                f"Paused {whom}: {named(standing.feed)}. feed resume makes it tell again; "
                "what comes in between is not told."
            )
        return Reply(f"Resumed {whom}: {named(standing.feed)}.")

    async def _status(self, typed: str | None, caller: Caller, now: datetime) -> Reply:
        place = caller.destination
        async with self.storage.read() as unit:
            own = await _own(unit, place)
        if typed is None:
            bad = sum(s.polling.failures > 0 for s in own)
            said = f"{len(own)} feeds, {bad} of them failing." if own else "No feed was added here."
            return Reply(said, lines=tuple(f"{told(s)} · {state(s)}" for s in own))
        standing = sought(own, typed)
        if standing is None:
            raise unknown(typed, place)
        polling = standing.polling
        read = polling.succeeded_at
        lines = [f"Last read {in_words(now - read)} ago." if read else "Not read yet."]
        lines.append(self._next(standing, now))
        if polling.error:
            kind = f" ({polling.trouble})" if polling.trouble else ""
            lines.append(f"Failed {polling.failures} times in a row{kind}: {polling.error}")
        return Reply(told(standing), lines=tuple(lines))

    async def _import(self, opml: bytes | str, caller: Caller, now: datetime) -> Reply:
        may_change(caller)
        place = caller.destination
        self.looks.spend(caller, now)
        if isinstance(opml, str):
            opml = await self.scout.body(opml.strip("<>"))
        wanted, left_out = await asyncio.to_thread(self._wanted, opml, place)
        async with self.storage.begin() as unit:
            await unit.inbox.first(place.platform, caller.key, now)
            here = await self._read_here(unit, place)
        new = [(name, feed) for name, feed in wanted if feed.id not in here]
        known, added = len(wanted) - len(new), 0
        for start in range(0, len(new), IMPORTED_AT_ONCE):
            async with self.storage.begin() as unit:
                room = await _room(unit, place)
                for name, feed in new[start : start + IMPORTED_AT_ONCE]:
                    if not room:
                        left_out.append(f"{name}: a workspace has {MOST_FEEDS} feeds at most.")
                    elif (due := self.adds.book(caller, now)) is None:
                        left_out.append(
                            f"{name}: too many for one day. Import the list again then."
                        )
                    else:
                        await unit.subscriptions.add(feed, place, caller.user, now, due)
                        added += 1
                        room -= 1
        more = len(left_out) - MOST_MISTAKES
        hint = " They are read one after the other; feed status shows how each does."
        return Reply(
            f"{added} added, {known} here already, {len(left_out)} left out."
            + (hint if added else ""),
            lines=(*left_out[:MOST_MISTAKES], *([f"… and {more} more."] if more > 0 else [])),
        )

    async def _export(self, caller: Caller, now: datetime) -> Reply:
        async with self.storage.read() as unit:
            feeds = [s.feed for s in await _own(unit, caller.destination)]
        if not feeds:
            raise Mistake("No feed was added here yet.", NO_FEEDS_HINT)
        given = [feed for feed in feeds if not feed.locked and not holds_secret(feed.url)]
        opml = write_opml(given, "wirewatch", now).decode().replace("><", ">\n<")
        kept_back = len(feeds) - len(given)
        said = f"{len(given)} feeds, as OPML."
        if kept_back:
            said += f" {kept_back} more hold a password or key in their address and stay here."
        return Reply(said, file=File("feeds.opml", opml))

    async def _absent(self, typed: str, caller: Caller, now: datetime, done: str) -> Reply:
        """About a feed that is not there: `done`, where this request itself took it away before."""
        async with self.storage.begin() as unit:
            if await unit.inbox.first(caller.destination.platform, caller.key, now):
                raise unknown(typed, caller.destination)
        return Reply(done)

    def _wanted(self, opml: bytes, place: Destination) -> tuple[list[tuple[str, Feed]], list[str]]:
        """The feeds of a list, each with the list's name for it; and why others are left out."""
        wanted, mistakes = read_opml(opml)
        feeds, left_out = [], [str(mistake) for mistake in mistakes]
        for each in wanted:
            try:
                # A workspace's names for feeds would meet the eyes of others who read them.
                host = host_of(each.url)
                name = each.name if place.platform is Platform.CONSOLE else host
                feeds.append((each.name, self._feed(each.url, name)))
            except Mistake as mistake:
                left_out.append(f"{each.name}: {mistake}")
        return feeds, left_out

    async def _read_here(self, unit: Unit, place: Destination) -> frozenset[str]:
        """The ids of the feeds that this workspace gets; also those they would have if shared."""
        get = [*await _subscribed(unit, place), *await unit.subscriptions.given_to_all()]
        return frozenset(key for s in get for key in (s.feed.id, self.feed_id(s.feed.url)))

    def _feed(self, url: str, title: str) -> Feed:
        outlet = outlet_name(title) or without_secrets(url)
        return Feed(self.feed_id(url), url, outlet=outlet, publisher=outlet)

    def _next(self, standing: Subscription, now: datetime) -> str:
        if standing.paused:
            return "Paused here: feed resume makes it tell again."
        if standing.polling.paused:
            return "Paused by who runs wirewatch."
        wait = standing.polling.due_at - now
        when = "now" if wait <= timedelta(0) else f"in {in_words(wait)}"
        return f"Next asked {when}: {why_then(standing.feed, standing.polling, self.pace)}."


def _own_id(feed_id: str, place: Destination) -> str:
    """Of a feed that one workspace gave a name or a pace of its own."""
    text = f"{feed_id} {place.platform} {place.workspace}"
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def _same(known: Sequence[Subscription], feed: Feed) -> Subscription | None:
    return next((s for s in known if feed.id == s.feed.id or feed.url == s.feed.url), None)


async def _subscribed(unit: Unit, place: Destination) -> list[Subscription]:
    """What was added by this workspace."""
    return await unit.subscriptions.of_workspace(place.platform, place.workspace)


async def _own(unit: Unit, place: Destination) -> list[Subscription]:
    """What this workspace may speak of: its own feeds, and for the operator all that everybody gets."""
    if place.platform is Platform.CONSOLE:
        return await unit.subscriptions.given_to_all()
    return await _subscribed(unit, place)


async def _room(unit: Unit, place: Destination) -> int:
    """How many feeds more this workspace may add."""
    if place.platform is Platform.CONSOLE:
        return 10**6
    return max(0, MOST_FEEDS - len(await _subscribed(unit, place)))


async def _make_room(unit: Unit, place: Destination) -> None:
    if not await _room(unit, place):
        raise Mistake(
            f"This workspace has {MOST_FEEDS} feeds, and that is the most.",
            "Remove one first: feed remove, then its name.",
        )
