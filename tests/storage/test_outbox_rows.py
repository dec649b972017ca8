"""The outbox: a post is made once, in its channel's order, and doubt is never forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.model.delivery import (
    Absent,
    Action,
    Bulletin,
    Earlier,
    Edit,
    Finding,
    Found,
    Later,
    MovedTo,
    Outcome,
    Post,
    Receipt,
    Refused,
    Sent,
    Ticket,
    TicketKind,
    TicketState,
    Unread,
    Unsure,
)
from bot.model.errors import LeaseLost
from bot.model.watch import Destination
from bot.storage.unit import Storage
from tests.storage.nouns import HERE, NOON, THERE, bulletin

LEASE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)
POST, EDIT = TicketKind.POST, TicketKind.EDIT


class Outbox:
    """Each step in its own transaction, as the program takes them."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    async def put(self, *actions: Action) -> None:
        async with self.storage.begin() as unit:
            await unit.outbox.put(actions, NOON)

    async def post(self, story_id: str = "s1", to: Destination = HERE) -> None:
        await self.put(Post(to, bulletin(story_id), "it is of drawdown"))

    async def edit(self, told: Bulletin) -> None:
        """Bring up to date what `HERE` holds of the story."""
        [receipt] = [r for r in await self.receipts(told.story_id) if r.destination == HERE]
        await self.put(Edit(receipt, told))

    async def receipts(self, *story_ids: str) -> list[Receipt]:
        async with self.storage.read() as unit:
            return await unit.outbox.receipts(*story_ids)

    async def due(self, at: datetime = NOON) -> list[Destination]:
        async with self.storage.read() as unit:
            return await unit.outbox.due_channels(at)

    async def try_claim(
        self, at: datetime = NOON, destination: Destination = HERE, owner: str = "a"
    ) -> Ticket | None:
        async with self.storage.begin() as unit:
            return await unit.outbox.claim(destination, owner, LEASE, at)

    async def claim(self, at: datetime = NOON, destination: Destination = HERE) -> Ticket:
        ticket = await self.try_claim(at, destination)
        assert ticket is not None
        return ticket

    async def settle(self, ticket: Ticket, outcome: Outcome, at: datetime = NOON) -> None:
        async with self.storage.begin() as unit:
            await unit.outbox.settle(ticket, outcome, at)

    async def attempt(self, outcome: Outcome, at: datetime = NOON) -> Ticket:
        ticket = await self.claim(at)
        await self.settle(ticket, outcome, at)
        return ticket

    async def expire(self, at: datetime) -> int:
        async with self.storage.begin() as unit:
            return await unit.outbox.expire_leases(at)

    async def unknown(self, at: datetime = NOON) -> list[Ticket]:
        async with self.storage.read() as unit:
            return await unit.outbox.unknown(at)

    async def claim_unknown(
        self, at: datetime = NOON, *, replay: bool, owner: str = "a"
    ) -> Ticket | None:
        [undecided] = await self.unknown(at)
        async with self.storage.begin() as unit:
            return await unit.outbox.claim_unknown(undecided.id, owner, LEASE, at, replay=replay)

    async def replay(self, outcome: Outcome, at: datetime = NOON) -> Ticket:
        ticket = await self.claim_unknown(at, replay=True)
        assert ticket is not None
        await self.settle(ticket, outcome, at)
        return ticket

    async def read_back(self, finding: Finding, at: datetime = NOON) -> None:
        ticket = await self.claim_unknown(at, replay=False)
        assert ticket is not None
        async with self.storage.begin() as unit:
            await unit.outbox.settle_finding(ticket, finding, at)

    async def states(self) -> dict[tuple[TicketKind, TicketState], int]:
        async with self.storage.read() as unit:
            return await unit.outbox.counts()


@pytest.fixture
def outbox(storage: Storage) -> Outbox:
    return Outbox(storage)


async def test_a_post_is_claimed_said_and_sent(outbox: Outbox) -> None:
    await outbox.post()
    [waiting] = await outbox.receipts("s1")
    assert waiting.message_id is None
    ticket = await outbox.claim()
    assert ticket == Ticket(
        id=ticket.id,
        story_id="s1",
        destination=HERE,
        kind=POST,
        bulletin=bulletin(),
        because="it is of drawdown",
        delivery_key=waiting.delivery_key,
        lease_token=ticket.lease_token,
        lease_until=NOON + LEASE,
        attempts=1,
        first_attempt_at=NOON,
        last_attempt_at=None,
        ambiguous_since=None,
    )
    await outbox.settle(ticket, Sent("m1"))
    assert await outbox.receipts("s1") == [replace(waiting, message_id="m1")]
    assert await outbox.states() == {(POST, TicketState.SENT): 1}
    assert await outbox.due() == []


async def test_all_that_is_said_comes_back_as_it_was_put(outbox: Outbox) -> None:
    [mention] = bulletin().mentions
    follows = replace(
        bulletin("follows"),
        follows=Earlier("Talks begin", "https://kabul.example/0", NOON),
        mentions=(replace(mention, publisher="Agency"),),
        news=None,
    )
    pointer = replace(bulletin("pointer"), moved_to=MovedTo("Rockets hit", None), link=None)
    for told in (follows, pointer, replace(bulletin("notice"), notice=True)):
        await outbox.put(Post(HERE, told, "it is of drawdown"))
        assert (await outbox.attempt(Sent("m"))).bulletin == told


async def test_the_key_fits_the_narrowest_nonce_and_is_each_posts_own(outbox: Outbox) -> None:
    await outbox.post("s1")
    await outbox.post("s2")
    keys = {receipt.delivery_key for receipt in await outbox.receipts("s1", "s2")}
    assert len(keys) == 2
    assert all(len(key) <= 25 and key.isalnum() for key in keys)


async def test_planning_twice_adds_nothing(outbox: Outbox) -> None:
    await outbox.post()
    before = await outbox.receipts("s1")
    await outbox.put(Post(HERE, bulletin(headline="Another"), "another reason"))
    assert await outbox.receipts("s1") == before
    assert (await outbox.claim()).bulletin == bulletin()


async def test_a_waiting_post_says_the_latest(outbox: Outbox) -> None:
    await outbox.post()
    newer = bulletin(headline="Seven rockets")
    await outbox.edit(newer)
    assert await outbox.states() == {(POST, TicketState.PENDING): 1}
    [receipt] = await outbox.receipts("s1")
    assert receipt.digest == newer.digest
    assert (await outbox.claim()).bulletin == newer


async def test_what_may_have_been_read_is_fixed(outbox: Outbox) -> None:
    await outbox.post()
    ticket = await outbox.claim()
    await outbox.edit(bulletin(headline="Newer"))
    await outbox.settle(ticket, Unsure("reset"))
    await outbox.edit(bulletin(headline="Newest"))
    assert (await outbox.replay(Sent("m1"))).bulletin == bulletin()
    edit = await outbox.claim()
    assert (edit.kind, edit.bulletin.headline) == (EDIT, "Newest")
    assert edit.receipt is not None
    assert (edit.receipt.message_id, edit.because) == ("m1", "it is of drawdown")


async def test_each_edit_after_another_is_a_ticket_of_its_own(outbox: Outbox) -> None:
    await outbox.post()
    await outbox.attempt(Sent("m1"))
    for headline in ("Two", "Three"):
        await outbox.edit(bulletin(headline=headline))
        assert (await outbox.attempt(Sent("m1"))).bulletin.headline == headline
    assert await outbox.states() == {(POST, TicketState.SENT): 1, (EDIT, TicketState.SENT): 2}


async def test_an_edit_waits_for_its_post_and_dies_with_it(outbox: Outbox) -> None:
    await outbox.post()
    post = await outbox.claim()
    await outbox.edit(bulletin(headline="Newer"))
    await outbox.settle(post, Refused("no permission"))
    dead = {(POST, TicketState.DEAD): 1, (EDIT, TicketState.DEAD): 1}
    assert await outbox.states() == dead
    await outbox.edit(bulletin(headline="Newest"))
    assert await outbox.states() == dead


async def test_an_edit_of_a_parked_post_holds_nobody_back(outbox: Outbox) -> None:
    await outbox.post("s1")
    await outbox.attempt(Unsure("reset"))
    await outbox.edit(bulletin("s1", "Newer"))
    await outbox.read_back(Unread("no permission", again=False))
    await outbox.post("s2")
    assert (await outbox.claim()).story_id == "s2"


async def test_a_channel_is_told_in_order_and_by_one_at_a_time(outbox: Outbox) -> None:
    for story_id in ("s1", "s2", "s3"):
        await outbox.post(story_id)
    told = []
    for number in range(3):
        ticket = await outbox.claim()
        assert await outbox.try_claim(owner="b") is None
        assert await outbox.due() == []
        told.append(ticket.story_id)
        await outbox.settle(ticket, Sent(f"m{number}"))
    assert told == ["s1", "s2", "s3"]


async def test_many_at_once_claim_one_ticket_of_a_channel(outbox: Outbox) -> None:
    await outbox.post("s1")
    await outbox.post("s2")
    claims = await asyncio.gather(*(outbox.try_claim(owner=owner) for owner in "abcdef"))
    assert [ticket.story_id for ticket in claims if ticket] == ["s1"]


async def test_a_post_put_off_keeps_its_turn(outbox: Outbox) -> None:
    await outbox.post("s1")
    await outbox.post("s2")
    await outbox.attempt(Later("slow down", 5 * SECOND))
    assert await outbox.due() == []
    assert await outbox.try_claim() is None
    later = NOON + 5 * SECOND
    assert await outbox.due(later) == [HERE]
    assert (await outbox.claim(later)).story_id == "s1"


async def test_an_edit_put_off_lets_others_pass(outbox: Outbox) -> None:
    await outbox.post("s1")
    await outbox.attempt(Sent("m1"))
    await outbox.edit(bulletin("s1", "Newer"))
    await outbox.attempt(Later("too old to edit now", LEASE))
    await outbox.post("s2")
    assert (await outbox.attempt(Sent("m2"))).story_id == "s2"
    assert (await outbox.claim(NOON + LEASE)).kind is EDIT


async def test_doubt_holds_back_its_own_channel_only(outbox: Outbox) -> None:
    await outbox.post("s1")
    await outbox.post("s2")
    await outbox.post("s1", THERE)
    await outbox.attempt(Unsure("reset"))
    assert await outbox.due() == [THERE]
    assert await outbox.try_claim() is None
    await outbox.replay(Sent("m1"))
    assert (await outbox.claim()).story_id == "s2"


async def test_a_refusal_does_not_clear_an_earlier_doubt(outbox: Outbox) -> None:
    await outbox.post()
    await outbox.attempt(Unsure("reset"))
    at = NOON + SECOND
    await outbox.replay(Later("slow down", SECOND), at)
    [undecided] = await outbox.unknown(at + SECOND)
    assert (undecided.ambiguous_since, undecided.first_attempt_at) == (NOON, NOON)
    assert (undecided.attempts, undecided.last_attempt_at) == (2, at)
    await outbox.replay(Refused("no permission"), at + SECOND)
    assert await outbox.states() == {(POST, TicketState.UNKNOWN): 1}


async def test_a_refusal_without_doubt_makes_a_new_start(outbox: Outbox) -> None:
    """Else the time in which a repeat is safe would run out while a channel is rate limited."""
    await outbox.post()
    await outbox.attempt(Later("slow down", LEASE))
    await outbox.edit(bulletin(headline="Newer"))
    again = await outbox.claim(NOON + LEASE)
    assert again.first_attempt_at == NOON + LEASE
    assert (again.attempts, again.last_attempt_at) == (2, NOON)
    assert again.bulletin.headline == "Newer"


async def test_a_replay_says_the_same_under_the_same_key(outbox: Outbox) -> None:
    await outbox.post()
    first = await outbox.attempt(Unsure("reset"))
    second = await outbox.replay(Unsure("reset"), NOON + SECOND)
    assert (second.delivery_key, second.bulletin) == (first.delivery_key, first.bulletin)
    assert second.lease_token > first.lease_token
    assert (second.first_attempt_at, second.last_attempt_at) == (NOON, NOON)


async def test_what_was_found_is_sent(outbox: Outbox) -> None:
    await outbox.post()
    await outbox.attempt(Unsure("reset"))
    await outbox.read_back(Found("m1"))
    [receipt] = await outbox.receipts("s1")
    assert receipt.message_id == "m1"
    assert await outbox.states() == {(POST, TicketState.SENT): 1}


async def test_what_is_absent_is_sent_anew(outbox: Outbox) -> None:
    await outbox.post()
    await outbox.attempt(Unsure("reset"))
    await outbox.read_back(Absent())
    again = await outbox.claim(NOON + LEASE)
    assert (again.first_attempt_at, again.ambiguous_since) == (NOON + LEASE, None)
    await outbox.settle(again, Later("slow down", SECOND), NOON + LEASE)
    assert await outbox.states() == {(POST, TicketState.PENDING): 1}


async def test_a_channel_that_cannot_be_read_is_read_later_or_parked(outbox: Outbox) -> None:
    await outbox.post("s1")
    await outbox.post("s2")
    await outbox.attempt(Unsure("reset"))
    await outbox.read_back(Unread("rate limited", again=True))
    assert await outbox.unknown(NOON + SECOND) == []
    await outbox.read_back(Unread("no permission", again=False), NOON + LEASE)
    assert await outbox.states() == {
        (POST, TicketState.PARKED): 1,
        (POST, TicketState.PENDING): 1,
    }
    assert (await outbox.claim()).story_id == "s2"


async def test_the_attempt_of_a_dead_worker_is_in_doubt_since_it_began(outbox: Outbox) -> None:
    await outbox.post()
    await outbox.claim()
    assert await outbox.expire(NOON + LEASE - SECOND) == 0
    assert await outbox.expire(NOON + LEASE) == 1
    [undecided] = await outbox.unknown(NOON + LEASE)
    assert (undecided.ambiguous_since, undecided.last_attempt_at) == (NOON, NOON)
    assert await outbox.try_claim(NOON + LEASE) is None


async def test_the_edit_of_a_dead_worker_is_made_again(outbox: Outbox) -> None:
    await outbox.post()
    await outbox.attempt(Sent("m1"))
    await outbox.edit(bulletin(headline="Newer"))
    lost = await outbox.claim()
    assert await outbox.expire(NOON + LEASE) == 1
    with pytest.raises(LeaseLost):
        await outbox.settle(lost, Sent("m1"), NOON + LEASE)
    assert (await outbox.claim(NOON + LEASE)).bulletin.headline == "Newer"


async def test_an_unsure_edit_is_made_again(outbox: Outbox) -> None:
    await outbox.post()
    await outbox.attempt(Sent("m1"))
    await outbox.edit(bulletin(headline="Newer"))
    await outbox.attempt(Unsure("reset"))
    assert await outbox.unknown() == []
    assert (await outbox.claim(NOON + LEASE)).kind is EDIT


async def test_a_worker_that_comes_late_may_still_tell_the_truth(outbox: Outbox) -> None:
    await outbox.post()
    slow = await outbox.claim()
    await outbox.expire(NOON + LEASE)
    await outbox.settle(slow, Sent("m1"), NOON + LEASE)
    [receipt] = await outbox.receipts("s1")
    assert receipt.message_id == "m1"


async def test_a_worker_that_comes_late_does_not_give_away_the_channel(outbox: Outbox) -> None:
    soon, later = NOON + LEASE, NOON + LEASE + 5 * SECOND
    for story_id, again in (("s1", later), ("s2", soon)):
        await outbox.post(story_id)
        await outbox.attempt(Sent("m1"))
        await outbox.edit(bulletin(story_id, "Newer"))
        await outbox.attempt(Later("too old to edit now", again - NOON))
    await outbox.post("s3")
    late = await outbox.claim()
    await outbox.expire(soon)
    assert (await outbox.claim(soon)).story_id == "s2"
    await outbox.settle(late, Sent("m3"), soon)
    # What stands first in the queue may be tried now, but another is still busy in the channel.
    assert await outbox.due(later) == []
    assert await outbox.try_claim(later) is None
    assert (await outbox.claim(soon + LEASE)).story_id == "s1"


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize("outcome", [Sent("m1"), Later("slow", SECOND), Refused("no"), Unsure("?")])
async def test_a_worker_that_comes_too_late_is_told_so(
    outbox: Outbox, replay: bool, outcome: Outcome
) -> None:
    await outbox.post()
    frozen = await outbox.claim()
    await outbox.expire(NOON + LEASE)
    assert await outbox.claim_unknown(NOON + LEASE, replay=replay, owner="b")
    before = await outbox.states()
    with pytest.raises(LeaseLost) as lost:
        await outbox.settle(frozen, outcome, NOON + LEASE)
    assert lost.value.ticket_id == frozen.id
    assert await outbox.states() == before


async def test_two_who_recover_do_not_take_the_same_post(outbox: Outbox) -> None:
    await outbox.post()
    await outbox.attempt(Unsure("reset"))
    [undecided] = await outbox.unknown()
    assert await outbox.claim_unknown(replay=False)
    assert await outbox.unknown() == []
    async with outbox.storage.begin() as unit:
        for replay in (True, False):
            again = await unit.outbox.claim_unknown(
                undecided.id, "b", LEASE, NOON + SECOND, replay=replay
            )
            assert again is None


async def test_a_finding_about_a_post_tried_meanwhile_is_worthless(outbox: Outbox) -> None:
    await outbox.post()
    await outbox.attempt(Unsure("reset"))
    reader = await outbox.claim_unknown(replay=False)
    assert reader is not None
    assert await outbox.claim_unknown(NOON + LEASE, replay=True, owner="b")
    with pytest.raises(LeaseLost):
        async with outbox.storage.begin() as unit:
            await unit.outbox.settle_finding(reader, Absent(), NOON + LEASE)
    assert await outbox.states() == {(POST, TicketState.SENDING): 1}


async def test_nothing_is_claimed_where_nothing_waits(outbox: Outbox) -> None:
    assert await outbox.try_claim() is None
    await outbox.post()
    assert await outbox.due() == [HERE]
