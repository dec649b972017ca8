"""What is secret in a feed's address is sealed in the database, and shows nowhere."""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.feeds.catalogue import read_catalogue
from bot.feeds.opml import write_opml
from bot.model.errors import Mistake
from bot.model.feed import LOCKED, Feed, Polling
from bot.model.watch import Destination, Platform
from bot.storage.unit import Storage, open_storage
from bot.storage.vault import Vault
from bot.wiring.logs import redact
from tests.doubles.databases import SqliteFiles
from tests.storage.nouns import HERE, feed

OLD, NEW = "old-key-" * 4, "new-key-" * 4
CANARY = "k4n4ryb1rd"
LEASE = timedelta(minutes=5)
OPERATOR = Destination(Platform.CONSOLE, "", "")
LOGIN = f"https://ann:{CANARY}@a.example/feed"
TOKEN = f"https://b.example/feed;jsessionid=1?token={CANARY}&page=2"


def secret(url: str, vault: Vault) -> Feed:
    return feed(vault.feed_id(url), url=url)


async def addresses(url: str, *keys: str) -> list[str]:
    storage = open_storage(url, Vault(keys))
    try:
        async with storage.read() as unit:
            return sorted(feed.url for feed, _ in await unit.feeds.all())
    finally:
        await storage.dispose()


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    storage = open_storage(database_url, Vault([OLD]))
    yield storage
    await storage.dispose()


def test_what_was_sealed_is_opened_and_differs_each_time() -> None:
    vault = Vault([OLD])
    assert vault.open(vault.seal(LOGIN), "f") == LOGIN
    assert CANARY not in vault.seal(LOGIN) and vault.seal(LOGIN) != vault.seal(LOGIN)


def test_each_key_opens_and_the_first_seals() -> None:
    sealed = Vault([OLD]).seal(LOGIN)
    both = Vault([NEW, OLD])
    assert both.open(sealed, "f") == LOGIN
    assert Vault([NEW]).open(both.reseal(sealed, "f"), "f") == LOGIN
    assert both.feed_id(LOGIN) == Vault([OLD]).feed_id(LOGIN)


@pytest.mark.parametrize("keys", [(), (NEW,)])
def test_what_no_key_opens_is_a_mistake_that_names_the_feed(keys: tuple[str, ...]) -> None:
    with pytest.raises(Mistake, match="feed gazette cannot be opened") as raised:
        Vault(keys).open(Vault([OLD]).seal(LOGIN), "gazette")
    assert "secret_key" in raised.value.hint and CANARY not in str(raised.value)


def test_nothing_is_sealed_without_a_key() -> None:
    with pytest.raises(Mistake) as raised:
        Vault().seal("x")
    assert "WIREWATCH_SECRET_KEY_FILE" in raised.value.hint


async def test_a_feed_with_a_secret_comes_back_whole(
    storage: Storage, database_url: str, now: datetime
) -> None:
    vault = Vault([OLD])
    catalogue = [secret(LOGIN, vault), secret(TOKEN, vault), feed("open")]
    async with storage.begin() as unit:
        await unit.feeds.sync(catalogue, now)
        due = await unit.feeds.due(now, 9, "a", LEASE)
    assert {feed for feed, _, _ in due} == set(catalogue)
    assert await addresses(database_url, OLD) == sorted(feed.url for feed in catalogue)
    assert not {feed.url for feed in catalogue[:2]} & {*await addresses(database_url)}


async def test_a_feed_whose_key_is_lost_stands_among_the_others_as_it_is_shown(
    storage: Storage, database_url: str, now: datetime
) -> None:
    ann = secret(LOGIN, Vault([OLD]))
    async with storage.begin() as unit:
        await unit.subscriptions.add(ann, HERE, "ann", now, now + LEASE)
        await unit.subscriptions.add(ann, OPERATOR, "operator", now, now + LEASE)
        await unit.feeds.sync([feed("open")], now)
    other = open_storage(database_url, Vault([NEW]))
    async with other.begin() as unit:
        assert await unit.feeds.reseal(now) == [ann.id]
        due = {feed.id: feed for feed, _, _ in await unit.feeds.due(now, 9, "a", LEASE)}
        assert {*due} == {ann.id, "open"}
        locked = due[ann.id]
        assert (locked.locked, locked.shown, CANARY in locked.url) == (True, ann.shown, False)
        assert {feed for feed, _ in await unit.feeds.all()} == {locked, feed("open")}
        here = (HERE.platform, HERE.workspace)
        assert [s.feed for s in await unit.subscriptions.of_workspace(*here)] == [locked]
        given = await unit.subscriptions.given_to_all()
        assert {s.feed for s in given} == {locked, feed("open")}
        assert await unit.subscriptions.remove(locked.id, *here)
    await other.dispose()
    async with storage.read() as unit:
        assert [feed for feed, _ in await unit.feeds.all() if feed.id == ann.id] == [ann]


async def test_a_feed_whose_key_is_back_is_due_at_once(storage: Storage, now: datetime) -> None:
    ann, far = secret(LOGIN, Vault([OLD])), now + timedelta(days=1)
    async with storage.begin() as unit:
        await unit.subscriptions.add(ann, HERE, "ann", now, now)
        await unit.feeds.save(Polling(ann.id, far, failures=9, error=LOCKED.reason))
        assert await unit.feeds.reseal(now) == []
        assert [feed for feed, _, _ in await unit.feeds.due(now, 9, "a", LEASE)] == [ann]


async def test_two_logins_at_one_address_are_two_feeds(storage: Storage, now: datetime) -> None:
    vault = Vault([OLD])
    ann, ben = (secret(f"https://{who}@a.example/f", vault) for who in ("ann:1", "ben:2"))
    async with storage.begin() as unit:
        await unit.feeds.sync([ann, ben], now)
    async with storage.read() as unit:
        assert {feed for feed, _ in await unit.feeds.all()} == {ann, ben}


async def test_validators_hold_for_one_login_and_not_for_another(
    storage: Storage, now: datetime
) -> None:
    named = feed("named", url=LOGIN)
    kept = Polling("named", now + LEASE, etag="v1")
    for catalogue, polling in (
        (named, kept),
        (replace(named, url=LOGIN.replace("ann", "ben")), Polling("named", now)),
    ):
        async with storage.begin() as unit:
            await unit.feeds.sync([named], now)
            await unit.feeds.save(kept)
            await unit.feeds.sync([catalogue], now)
            assert await unit.feeds.all() == [(catalogue, polling)]


async def test_a_key_is_changed_without_losing_a_feed(
    storage: Storage, database_url: str, now: datetime
) -> None:
    async with storage.begin() as unit:
        await unit.feeds.sync([secret(LOGIN, Vault([OLD]))], now)
    both = open_storage(database_url, Vault([NEW, OLD]))
    async with both.begin() as unit:
        assert await unit.feeds.reseal(now) == []
    await both.dispose()
    assert await addresses(database_url, NEW) == [LOGIN]


async def test_a_feed_that_nobody_wants_needs_no_key(
    storage: Storage, database_url: str, now: datetime
) -> None:
    """A listed one does, and its operator can give it one, or take it off the list."""
    async with storage.begin() as unit:
        await unit.feeds.sync([secret(LOGIN, Vault([OLD]))], now)
    other = open_storage(database_url, Vault([NEW]))
    async with other.begin() as unit:
        with pytest.raises(Mistake, match="cannot be opened"):
            await unit.feeds.reseal(now)
        await unit.feeds.sync([], now)
        assert await unit.feeds.reseal(now) == []
    await other.dispose()


async def test_a_feed_that_loses_its_secret_lies_open_again(
    storage: Storage, database_url: str, now: datetime
) -> None:
    for url in (LOGIN, "https://a.example/feed"):
        async with storage.begin() as unit:
            await unit.feeds.sync([feed("named", url=url)], now)
    assert await addresses(database_url) == ["https://a.example/feed"]


async def test_no_secret_shows_in_the_database_or_in_words(
    sqlite: SqliteFiles, now: datetime, tmp_path: Path
) -> None:
    vault = Vault([OLD])
    text = "".join(
        f"- {{url: '{url}', outlet: A}}\n" for url in (LOGIN, TOKEN, f"ftp://ann:{CANARY}@c/")
    )
    feeds, mistakes = read_catalogue(f"feeds:\n{text}", "feeds.yaml", vault.feed_id)
    assert [mistake.at for mistake in mistakes] == ["feeds.yaml:4"]
    _, unkept = read_catalogue(f"feeds:\n{text}", "feeds.yaml")
    assert len(unkept) == 3

    log = io.StringIO()
    out = logging.StreamHandler(log)
    logging.getLogger().addHandler(out)
    try:
        with sqlite.database() as url:
            storage = open_storage(url, vault)
            async with storage.begin() as unit:
                await unit.feeds.sync(feeds, now)
                for known, polling, token in await unit.feeds.due(now, 9, "a", LEASE):
                    moved = replace(polling, moved_to=known.url, moved_times=1)
                    await unit.feeds.save(moved, token)
            unopened = await addresses(url, NEW)
            file = Path(url.removeprefix("sqlite:///"))
            kept = {each.name: each.read_bytes() for each in file.parent.glob(f"{file.name}*")}
            await storage.dispose()
    finally:
        logging.getLogger().removeHandler(out)
    assert any(b"a.example/feed" in stored for stored in kept.values())
    assert any(name.endswith("-wal") for name in kept)
    assert all(CANARY.encode() not in stored for stored in kept.values())
    words = [
        *map(str, (*mistakes, *unkept)),
        *unopened,
        *(feed.shown for feed in feeds),
        *(feed.id for feed in feeds),
        *(redact(f"polled {feed!r}") for feed in feeds),
        redact(log.getvalue()),
        write_opml(feeds, "Mine", now).decode(),
    ]
    assert all(CANARY not in said for said in words)
