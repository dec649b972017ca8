"""Whom a notice concerns, what waits for a recap, and that nothing is told twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.delivery.catch_up import Held
from bot.feeds.health import Condition
from bot.model.delivery import Edit, Post, Sent
from bot.model.feed import Polling, Trouble
from bot.storage.unit import Storage
from tests.storage.nouns import HERE, THERE, bulletin, feed

HOUR = timedelta(hours=1)


async def test_the_feeds_are_counted_by_how_they_do(storage: Storage, now: datetime) -> None:
    troubles = {"a": Trouble.DOWN, "b": Trouble.SLOW, "c": Trouble.GONE}
    async with storage.begin() as unit:
        await unit.feeds.sync([feed(name) for name in "abcdef"], now)
        for name, trouble in troubles.items():
            polling = Polling(name, now, failures=1, failing_since=now, trouble=trouble)
            await unit.feeds.save(polling)
        await unit.feeds.save(Polling("d", now, succeeded_at=now - HOUR))
        await unit.feeds.save(Polling("e", now, succeeded_at=now - 2 * HOUR))
        await unit.feeds.sync([feed(name) for name in "abcde"], now)
        condition = await unit.notices.condition(lately=now - HOUR)
        assert condition == Condition(asked=5, failing=3, unreachable=2, reached=1)


async def test_a_feed_is_a_question_until_it_is_told_and_again_when_it_works(
    storage: Storage, now: datetime
) -> None:
    failing = Polling(
        "a",
        now + HOUR,
        failures=2,
        failing_since=now - HOUR,
        trouble=Trouble.GONE,
        succeeded_at=now - 2 * HOUR,
        error="410 Gone",
    )
    async with storage.begin() as unit:
        await unit.feeds.sync([feed("a"), feed("b")], now)
        await unit.feeds.save(failing)
        [question] = await unit.notices.open_questions()
        assert (question.feed, question.polling, question.told_at) == (feed("a"), failing, None)
        assert await unit.notices.mark(["a", "b"], fails=True, now=now) == {"a"}
        assert await unit.notices.mark(["a"], fails=True, now=now) == set()
        assert await unit.notices.open_questions() == []
        await unit.feeds.save(Polling("a", now + HOUR, succeeded_at=now))
        [question] = await unit.notices.open_questions()
        assert (question.polling.noticed, question.told_at) == (True, now)
        assert await unit.notices.mark(["a"], fails=False, now=now) == {"a"}
        assert await unit.notices.open_questions() == []


async def test_stories_posted_lately_are_counted_and_nothing_else(
    storage: Storage, now: datetime
) -> None:
    async with storage.begin() as unit:
        await unit.outbox.put([Post(HERE, bulletin("old"), "")], now - HOUR)
        await unit.outbox.put([Post(to, bulletin("s1"), "") for to in (HERE, THERE)], now)
        await unit.outbox.put([Post(HERE, bulletin("s2"), "")], now)
        await unit.outbox.put([Post(HERE, bulletin(of), "") for of in ("feed:a:1", "recap:1")], now)
        ticket = await unit.outbox.claim(HERE, "desk", HOUR, now)
        assert ticket is not None
        await unit.outbox.settle(ticket, Sent("m1"), now)
        [receipt] = await unit.outbox.receipts("old")
        await unit.outbox.put([Edit(receipt, bulletin("old", "New words"))], now)
        assert await unit.notices.posted_since(now - HOUR / 2) == {HERE: 2, THERE: 1}


async def test_a_story_held_twice_has_its_last_words_and_its_first_time(
    storage: Storage, now: datetime
) -> None:
    first = bulletin("s1", "First words")
    bare = replace(bulletin("s2"), mentions=(), link=None)
    async with storage.begin() as unit:
        await unit.notices.hold([Post(HERE, first, ""), Post(HERE, bare, "")], now)
        await unit.notices.hold([Post(HERE, bulletin("s1", "Last words"), "")], now + HOUR)
        link = "https://kabul.example/1"
        assert set(await unit.notices.held()) == {
            Held(HERE, "s1", "Last words", link, "Kabul Daily", now),
            Held(HERE, "s2", "Rockets hit the Green Zone", None, "", now),
        }


async def test_a_story_is_released_in_its_own_channel_alone(
    storage: Storage, now: datetime
) -> None:
    posts = [Post(to, bulletin(of), "") for to in (HERE, THERE) for of in ("s1", "s2")]
    async with storage.begin() as unit:
        await unit.notices.hold(posts, now)
        await unit.notices.release([(HERE, "s1"), (THERE, "s2"), (THERE, "never held")])
        await unit.notices.release([])
        left = {(story.destination, story.story_id) for story in await unit.notices.held()}
        assert left == {(HERE, "s2"), (THERE, "s1")}


async def test_what_is_held_of_a_story_goes_to_the_one_that_took_it_in(
    storage: Storage, now: datetime
) -> None:
    """In one channel both are held, in one the other alone, and two have a post of the survivor."""
    both, other, posted, told = (replace(HERE, channel=name) for name in ("a", "b", "c", "d"))
    held = [(both, "into"), (both, "other"), (other, "other"), (posted, "other"), (told, "into")]
    async with storage.begin() as unit:
        await unit.notices.hold([Post(to, bulletin(of, of), "") for to, of in held], now)
        await unit.notices.hold([Post(posted, bulletin("third"), "")], now)
        await unit.outbox.put([Post(to, bulletin("into"), "") for to in (posted, told)], now)
        await unit.notices.hand_over("other", "into")
        left = [
            (each.destination, each.story_id, each.headline) for each in await unit.notices.held()
        ]
        assert sorted(left, key=str) == [
            (both, "into", "into"),
            (other, "into", "other"),
            (posted, "third", "Rockets hit the Green Zone"),
        ]
