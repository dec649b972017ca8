"""Subscribing at hubs that play by the rules, and at some that do not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from bot.feeds.websub import AGAIN, LEASE, HubState
from bot.storage.hub_rows import SETTLED
from bot.storage.unit import Storage
from tests.doubles.hub_server import Subscriber
from tests.storage.nouns import feed
from tests.web.stand import Stand, standing, topic

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def stand(storage: Storage, now: datetime) -> AsyncIterator[Stand]:
    async with standing(storage, now) as stand:
        yield stand


async def test_a_hub_that_a_feed_names_pushes_it_from_then_on(stand: Stand) -> None:
    await stand.name_hub()
    await stand.wake()
    assert await stand.state() is HubState.ACTIVE
    [form] = stand.hub.asked
    assert form["hub.mode"] == "subscribe"
    assert form["hub.topic"] == topic()
    assert form["hub.callback"].startswith(f"http://127.0.0.1:{stand.port}/websub/")
    assert len(form["hub.secret"]) >= 32
    assert await stand.push(b"<rss/>") == 202
    assert stand.bodies == [b"<rss/>"]


async def test_no_secret_lies_open_in_the_database(stand: Stand) -> None:
    await stand.subscribe()
    pushing = await stand.pushing()
    assert pushing is not None
    assert stand.hub.subscribers[topic()].secret not in pushing.sealed_secret
    assert pushing.sealed_secret


async def test_each_feed_has_a_callback_and_a_secret_of_its_own(stand: Stand) -> None:
    await stand.subscribe("a")
    await stand.subscribe("b")
    a, b = stand.hub.subscribers.values()
    assert a.callback != b.callback
    assert a.secret != b.secret


async def test_asked_once_it_is_not_asked_at_every_tick(stand: Stand) -> None:
    await stand.subscribe()
    stand.clock += timedelta(hours=1)
    await stand.wake()
    assert len(stand.hub.asked) == 1


async def test_a_lease_is_renewed_in_time_and_pushes_go_on_all_along(stand: Stand) -> None:
    await stand.subscribe()
    stand.hub.verify_when.clear()
    stand.clock += LEASE / 2
    await stand.hubs.wake()
    await stand.hubs.lanes.idle()
    assert await stand.push(b"<rss>while it is renewed</rss>") == 202
    stand.hub.verify_when.set()
    await stand.hub.idle()
    pushing = await stand.pushing()
    assert pushing is not None
    assert pushing.lease_until == stand.clock + LEASE
    assert [form["hub.mode"] for form in stand.hub.asked] == ["subscribe", "subscribe"]
    assert stand.hub.asked[0]["hub.secret"] == stand.hub.asked[1]["hub.secret"]
    assert await stand.push(b"<rss>after</rss>") == 202
    assert len(stand.bodies) == 2


async def test_a_short_lease_is_kept_as_granted(stand: Stand) -> None:
    stand.hub.lease = "3600"
    await stand.subscribe()
    stand.clock += timedelta(minutes=31)
    await stand.wake()
    assert len(stand.hub.asked) == 2


async def test_a_slow_hub_may_verify_later(stand: Stand) -> None:
    stand.hub.verify_when.clear()
    await stand.name_hub()
    await stand.hubs.wake()
    await stand.hubs.lanes.idle()
    assert await stand.state() is HubState.ASKED
    stand.clock += timedelta(hours=1)
    stand.hub.verify_when.set()
    await stand.hub.idle()
    assert await stand.state() is HubState.ACTIVE


async def test_a_hub_that_verifies_another_topic_is_not_answered(stand: Stand) -> None:
    stand.hub.says_topic = "https://evil.example/"
    await stand.name_hub()
    await stand.wake()
    assert stand.hub.refused == [404]
    assert await stand.state() is HubState.ASKED


async def test_a_hub_that_denies_is_asked_again_another_day(stand: Stand) -> None:
    stand.hub.denies = "No."
    await stand.name_hub()
    await stand.wake()
    assert await stand.state() is HubState.DENIED
    stand.clock += AGAIN[HubState.DENIED] - timedelta(minutes=1)
    await stand.wake()
    assert len(stand.hub.asked) == 1
    stand.hub.denies = None
    stand.clock += timedelta(minutes=1)
    await stand.wake()
    assert await stand.state() is HubState.ACTIVE


@pytest.mark.parametrize("status", [400, 404, 429, 500])
async def test_a_hub_that_refuses_is_asked_again_after_hours(stand: Stand, status: int) -> None:
    stand.hub.status = status
    await stand.name_hub()
    await stand.wake()
    await stand.wake()
    assert len(stand.hub.asked) == 1
    stand.hub.status = 204
    stand.clock += AGAIN[HubState.ASKED]
    await stand.wake()
    assert await stand.state() is HubState.ACTIVE


async def test_a_hub_that_is_down_holds_up_no_other(stand: Stand) -> None:
    await stand.name_hub("a", hub="http://127.0.0.1:9/")
    await stand.name_hub("b")
    await stand.wake()
    assert [await stand.state(each) for each in "ab"] == [HubState.ASKED, HubState.ACTIVE]


async def test_a_feed_that_is_taken_off_the_list_is_unsubscribed(
    stand: Stand, storage: Storage
) -> None:
    await stand.subscribe()
    async with storage.begin() as unit:
        await unit.feeds.sync([feed("b")], stand.clock)
    await stand.wake()
    assert stand.hub.asked[-1]["hub.mode"] == "unsubscribe"
    assert stand.hub.subscribers == {}
    assert await stand.state() is None


async def test_nobody_else_can_unsubscribe(stand: Stand) -> None:
    await stand.subscribe()
    token = stand.hub.subscribers[topic()].callback.rpartition("/")[2]
    query = {"hub.mode": "unsubscribe", "hub.topic": topic(), "hub.challenge": "x"}
    assert await stand.hubs.called_back(token, query) is None
    assert await stand.state() is HubState.ACTIVE


async def test_the_end_is_confirmed_once(stand: Stand, storage: Storage) -> None:
    await stand.subscribe()
    stand.hub.status = 500
    async with storage.begin() as unit:
        await unit.feeds.sync([feed("b")], stand.clock)
    await stand.wake()
    token = stand.hub.subscribers[topic()].callback.rpartition("/")[2]
    query = {"hub.mode": "unsubscribe", "hub.topic": topic(), "hub.challenge": "x"}
    answers = await asyncio.gather(*(stand.hubs.called_back(token, query) for _ in range(4)))
    assert sorted(map(str, answers)) == ["None", "None", "None", "x"]


async def test_a_hub_that_goes_on_after_the_end_is_told_that_we_are_gone(
    stand: Stand, storage: Storage
) -> None:
    await stand.subscribe()
    stand.hub.status = 500
    async with storage.begin() as unit:
        await unit.feeds.sync([feed("b")], stand.clock)
    await stand.wake()
    assert await stand.push(b"<rss/>") == 410
    stand.clock += AGAIN[HubState.LEAVING]
    await stand.wake()
    assert await stand.state() is None


async def test_a_feed_that_moves_to_another_hub_gets_nothing_from_the_old_one(
    stand: Stand,
) -> None:
    await stand.subscribe()
    old = stand.hub.subscribers[topic()]
    stand.clock += SETTLED
    await stand.name_hub(hub=stand.hub.url + "?other")
    await stand.wake()
    new = stand.hub.subscribers[topic()]
    assert new.callback != old.callback
    stand.hub.subscribers[topic()] = Subscriber(old.callback, old.topic, old.secret)
    assert await stand.push(b"<rss/>") == 410


async def test_a_push_that_a_bug_kept_out_is_taken_in_when_it_comes_again(stand: Stand) -> None:
    await stand.subscribe()
    stand.newsroom.bug = RuntimeError("a bug")
    assert await stand.push(b"<rss/>") == 202
    stand.newsroom.bug = None
    assert [await stand.push(b"<rss/>") for _ in range(2)] == [202, 202]
    assert stand.bodies == [b"<rss/>"]


async def test_two_processes_ask_once(stand: Stand) -> None:
    await stand.name_hub()
    await asyncio.gather(stand.hubs.wake(), stand.hubs.wake())
    await stand.hubs.lanes.idle()
    await stand.hub.idle()
    assert len(stand.hub.asked) == 1


async def test_a_key_that_was_taken_away_costs_one_push(
    stand: Stand, storage: Storage, now: datetime
) -> None:
    await stand.subscribe()
    async with standing(storage, now, keys=("another",)) as after:
        was = stand.hub.subscribers[topic()]
        token = was.callback.rpartition("/")[2]
        after.hub.subscribers[topic()] = Subscriber(
            f"http://127.0.0.1:{after.port}/websub/{token}", was.topic, was.secret
        )
        assert await after.push(b"<rss/>") == 410
        await after.name_hub(hub=stand.hub.url)
        await after.wake()
        await stand.hub.idle()
        assert stand.hub.asked[-1]["hub.secret"] != was.secret
        assert await after.state() is HubState.ACTIVE


async def test_a_renewal_under_another_key_brings_another_secret(
    stand: Stand, storage: Storage, now: datetime
) -> None:
    await stand.subscribe()
    async with standing(storage, now + LEASE / 2, keys=("another",)) as after:
        await after.hubs.wake()
        await after.hubs.lanes.idle()
        await stand.hub.idle()
    first, second = (form["hub.secret"] for form in stand.hub.asked)
    assert first != second


# To no place that is not public, proved by somebody who listens there.

LOOPBACK = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0",
    "0.0.0.0",
    "127.0.0.2",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.01",
    "127.0.0.1.",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "LocalHost",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "ｌｏｃａｌｈｏｓｔ",
    "1%32%37.0.0.1",
    "127.0.0.1%00",
    "127.0.0.1%2e",
    "hub.example@127.0.0.1",
    "me:pass@127.0.0.1",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[::1%25lo]",
    "[fe80::1%25lo]",
    "[fe80::5efe:127.0.0.1]",
]


@dataclass
class Listener:
    """Counts who connects, on every address of this machine's own."""

    port: int
    connected: int = 0


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.connected += 1
        writer.close()

    server = await asyncio.start_server(connected, "0.0.0.0", 0)
    heard = Listener(server.sockets[0].getsockname()[1])
    async with server:
        yield heard


async def test_no_spelling_of_a_hub_leads_to_this_machine(
    storage: Storage, now: datetime, listener: Listener
) -> None:
    async with standing(storage, now, allow="") as stand:
        for host in LOOPBACK:
            await stand.name_hub(hub=f"http://{host}:{listener.port}/hub")
            await stand.wake()
            assert await stand.state() is HubState.ASKED
    assert listener.connected == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_of_a_hub_leads_to_a_place_that_is_not_allowed(
    storage: Storage, now: datetime, listener: Listener, status: int
) -> None:
    """The hub stands where the program may connect to; beside it are others."""
    async with standing(storage, now, allow="127.0.0.1/32") as stand:
        stand.hub.status = status
        stand.hub.location = f"http://127.0.0.2:{listener.port}/hub"
        await stand.name_hub()
        await stand.wake()
        assert len(stand.hub.asked) == 1
        assert await stand.state() is HubState.ASKED
    assert listener.connected == 0
