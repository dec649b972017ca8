"""The queue of what must be said: a post is made once.

How the ticket of a post moves. In doubt means that `ambiguous_since` is set: an attempt may have
landed unseen. As new means that it and `first_attempt_at` are cleared.

| from    | by                                  | to                             |
|---------|-------------------------------------|--------------------------------|
|         | `put`                               | pending                        |
| pending | `claim`                             | sending                        |
| sending | `settle` Sent                       | sent                           |
| sending | `settle` Later                      | pending, as new; in doubt: unknown |
| sending | `settle` Refused                    | dead; in doubt: unknown        |
| sending | `settle` Unsure                     | unknown, in doubt from now on  |
| sending | `expire_leases`                     | unknown, in doubt from now on  |
| unknown | `settle` by a worker that came late | as from sending                |
| unknown | `claim_unknown` to replay           | sending                        |
| unknown | `settle_finding` Found              | sent                           |
| unknown | `settle_finding` Absent             | pending, as new                |
| unknown | `settle_finding` Unread             | unknown, or parked when reading again cannot help |

A channel that is gone, or that we may not be in, rests for a while after it refused a post: what
comes waits, and one ticket at a time finds out. A message that is gone is edited no more.

A definite refusal speaks of its own attempt only, so it never clears the doubt that an earlier one
left. Where there is no doubt it proves every attempt so far absent, and the ticket is as good as
new. An edit may be made twice without harm: what is unsure of it goes back to pending.

What is said is fixed from the first attempt that may have landed. Until then a newer bulletin
takes the older one's place.

The tickets of one message have one `delivery_key`, which is its receipt's too; what story a message
tells may change. Where a story turns out to be another one, `hand_over` says which message goes on.

The queue of a channel goes by number. A post stands in the way of what follows while it is
pending, sending or unknown; an edit only when it may be tried now. An edit waits until its post
has a message, and dies with it. A ticket is taken together with its channel, and the channel's
fence is the ticket's.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import (
    ColumnElement,
    Row,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.delivery import (
    Absent,
    Action,
    Bulletin,
    Edit,
    Finding,
    Found,
    Later,
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
from bot.model.watch import Destination, Platform
from bot.storage import bulletin_json
from bot.storage.engine import insert_into, is_one_of
from bot.storage.tables import channels, is_queued, outbox, receipts, stories

PENDING = TicketState.PENDING
SENDING = TicketState.SENDING
UNKNOWN = TicketState.UNKNOWN
SENT = TicketState.SENT
DEAD = TicketState.DEAD
PARKED = TicketState.PARKED

EDIT_AGAIN = timedelta(seconds=30)
"""How long an edit waits after an unsure attempt, for each attempt so far."""
REST = timedelta(hours=1)
"""How long a channel that is gone to us is left alone; Discord bans who asks in vain too often."""
READ_AGAIN = timedelta(seconds=60)
"""How long a channel that could not be read is left alone; Slack may allow one reading a minute."""


class OutboxRows:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, actions: Sequence[Action], now: datetime) -> None:
        """Queue what was planned. Planned twice, it is queued once."""
        posts = [action for action in actions if isinstance(action, Post)]
        if posts:
            await self._put_posts(posts, now)
        for action in actions:
            if isinstance(action, Edit):
                await self._put_edit(action.receipt, action.bulletin, now)

    async def receipts(self, *story_ids: str) -> list[Receipt]:
        """What every channel holds of these stories, or will hold once its queue is done."""
        rows = await self._connection.execute(
            select(receipts).where(is_one_of(self._connection, receipts.c.story_id, story_ids))
        )
        return [_receipt(row) for row in rows]

    async def hand_over(self, other_id: str, into_id: str) -> tuple[str, ...]:
        """Let the messages of a story tell the one that it was taken into; returns their keys.

        A channel that holds both goes on with the survivor's, unless only the other's stands there.
        What is left of the other story is to be edited into a pointer, and its post
        - that was sent, or is parked until a person decides, gets that edit like any other;
        - that is sending or unknown gets it behind itself, and is cancelled if it proves absent;
        - that is pending, dead or expired was never said, and is cancelled: nothing of it is kept.
        """
        of_both = is_one_of(self._connection, receipts.c.story_id, (other_id, into_id))
        await self._connection.execute(
            # In the order of `settle`, which takes the ticket first.
            select(outbox.c.id)
            .where(outbox.c.delivery_key.in_(select(receipts.c.delivery_key).where(of_both)))
            .order_by(outbox.c.id)
            .with_for_update()
        )
        held = await self.receipts(other_id, into_id)
        own = {receipt.destination: receipt for receipt in held if receipt.story_id == into_id}
        moved = tuple(
            receipt.delivery_key
            for receipt in held
            if receipt.story_id == other_id and _goes_on(receipt, own.get(receipt.destination))
        )
        await self.exchange(moved, other_id, into_id)
        await self._cancel(receipts.c.story_id == other_id, outbox.c.state.in_(_NEVER_SAID))
        return moved

    async def exchange(self, keys: Collection[str], giver_id: str, taker_id: str) -> None:
        """Let these messages of one story tell the other, and what stood in their place the first."""
        given = receipts.alias()
        theirs = select(given.c.platform, given.c.workspace, given.c.channel).where(
            is_one_of(self._connection, given.c.delivery_key, keys), given.c.story_id == giver_id
        )
        in_their_channels = tuple_(
            receipts.c.platform, receipts.c.workspace, receipts.c.channel
        ).in_(theirs)
        are_given = is_one_of(self._connection, receipts.c.delivery_key, keys)
        for those, story_id in (
            (and_(receipts.c.story_id == taker_id, in_their_channels), _NO_STORY),
            (and_(receipts.c.story_id == giver_id, are_given), taker_id),
            (receipts.c.story_id == _NO_STORY, giver_id),
        ):
            await self._connection.execute(update(receipts).where(those).values(story_id=story_id))

    async def due_channels(self, now: datetime) -> list[Destination]:
        """The channels whose next ticket may be tried now and that nobody is busy with."""
        heads = (
            select(func.min(outbox.c.id))
            .where(_stands_in_queue(now))
            .group_by(outbox.c.platform, outbox.c.workspace, outbox.c.channel)
        )
        busy = exists().where(_is_same_channel(channels), ~_may_be_taken(now))
        rows = await self._connection.execute(
            select(outbox.c.platform, outbox.c.workspace, outbox.c.channel)
            .where(outbox.c.id.in_(heads), _may_be_tried(now), ~busy)
            .order_by(outbox.c.id)
        )
        return [_destination(row) for row in rows]

    async def claim(
        self, destination: Destination, owner: str, lease: timedelta, now: datetime
    ) -> Ticket | None:
        """Take the channel and its next ticket; None when another has it or nothing is due.

        Commit before any byte goes out. `settle` gives the channel back.
        """
        token = await self._take_channel(destination, owner, lease, now)
        if token is None:
            return None
        head = (
            select(outbox.c.id)
            .where(_is_channel(outbox, destination), _stands_in_queue(now))
            .order_by(outbox.c.id)
            .limit(1)
        )
        row = await self._first(outbox.c.id == head.scalar_subquery(), _may_be_tried(now))
        if row is None:
            await self._release(destination, token)
            return None
        return await self._begin_attempt(row, _lease(owner, token, now + lease), now)

    async def settle(self, ticket: Ticket, outcome: Outcome, now: datetime) -> None:
        """Record what became of an attempt, and give the channel back.

        Raises `LeaseLost` when another has claimed the ticket since.
        """
        match outcome:
            case Sent(message_id):
                await self._record_sent(ticket, message_id, now)
            case Later(reason, after) if _is_doubtful(ticket):
                await self._move(ticket, UNKNOWN, not_before=now + after, last_error=reason)
            case Later(reason, after):
                await self._move(
                    ticket, PENDING, not_before=now + after, last_error=reason, **_AS_NEW
                )
            case Refused(reason) if _is_doubtful(ticket):
                await self._move(ticket, UNKNOWN, last_error=reason)
            case Refused(reason, gone):
                await self._move(ticket, DEAD, last_error=reason, **_AS_NEW)
                if gone or ticket.kind is TicketKind.POST:
                    await self._bury_edits(ticket)
                if gone:
                    await self._leave_alone(ticket, now)
            case Unsure(reason) if ticket.kind is TicketKind.EDIT:
                again = now + EDIT_AGAIN * ticket.attempts
                await self._move(ticket, PENDING, not_before=again, last_error=reason, **_AS_NEW)
            case Unsure(reason):
                await self._move(ticket, UNKNOWN, ambiguous_since=_DOUBT, last_error=reason)
            case _:
                assert_never(outcome)

    async def expire_leases(self, now: datetime) -> int:
        """Give up the attempts whose worker never came back; returns how many there were."""
        result = await self._connection.execute(
            update(outbox)
            .where(outbox.c.state == SENDING, outbox.c.lease_until <= now)
            .values(
                state=case((_IS_POST, UNKNOWN), else_=PENDING),
                ambiguous_since=case((_IS_POST, _DOUBT)),
                first_attempt_at=case((_IS_POST, outbox.c.first_attempt_at)),
                last_error="The attempt was never heard of again.",
                **_NO_LEASE,
            )
        )
        return result.rowcount

    async def unknown(self, now: datetime) -> list[Ticket]:
        """The posts that may or may not be there and that nobody looks after, oldest first."""
        rows = await self._connection.execute(
            select(outbox).where(_is_undecided(now)).order_by(outbox.c.id)
        )
        return [_ticket(row) for row in rows]

    async def claim_unknown(
        self, ticket_id: int, owner: str, lease: timedelta, now: datetime, *, replay: bool
    ) -> Ticket | None:
        """Take an unknown post and its channel; None when another has one of them.

        To `replay` it is a new attempt under the same key: `settle` it. Otherwise it stays
        unknown while its channel is read: `settle_finding`.
        """
        row = await self._first(outbox.c.id == ticket_id, _is_undecided(now))
        if row is None:
            return None
        destination = _destination(row)
        token = await self._take_channel(destination, owner, lease, now)
        if token is None:
            return None
        # Between the first look and the channel's lease another may have decided it.
        row = await self._first(outbox.c.id == ticket_id, _is_undecided(now))
        if row is None:
            await self._release(destination, token)
            return None
        held = _lease(owner, token, now + lease)
        if replay:
            return await self._begin_attempt(row, held, now)
        return _ticket(await self._update(row.id, held))

    async def settle_finding(self, ticket: Ticket, finding: Finding, now: datetime) -> None:
        """Record what reading the channel showed, and give the channel back.

        Raises `LeaseLost` when another has claimed the ticket since.
        """
        match finding:
            case Found(message_id):
                await self._record_sent(ticket, message_id, now)
            case Absent():
                await self._move(ticket, PENDING, not_before=None, **_AS_NEW)
            case Unread(reason, again=True):
                await self._move(ticket, UNKNOWN, not_before=now + READ_AGAIN, last_error=reason)
            case Unread(reason):
                await self._move(ticket, PARKED, last_error=reason)
            case _:
                assert_never(finding)

    async def counts(self) -> dict[tuple[TicketKind, TicketState], int]:
        """How many tickets stand where."""
        rows = await self._connection.execute(
            select(outbox.c.kind, outbox.c.state, func.count()).group_by(
                outbox.c.kind, outbox.c.state
            )
        )
        return {(TicketKind(kind), TicketState(state)): number for kind, state, number in rows}

    async def _put_posts(self, posts: Sequence[Post], now: datetime) -> None:
        by_key = {_delivery_key(): post for post in posts}
        await self._connection.execute(
            insert_into(self._connection, receipts).on_conflict_do_nothing(),
            [
                {
                    "delivery_key": key,
                    "story_id": post.bulletin.story_id,
                    **_columns(post.destination),
                    "digest": post.bulletin.digest,
                    "gone": False,
                }
                for key, post in by_key.items()
            ],
        )
        new = await self._connection.scalars(
            select(receipts.c.delivery_key).where(
                is_one_of(self._connection, receipts.c.delivery_key, by_key.keys())
            )
        )
        added = set(new)
        rows = [
            {
                "story_id": post.bulletin.story_id,
                **_columns(post.destination),
                "kind": TicketKind.POST,
                "revision": 0,
                "state": PENDING,
                "delivery_key": key,
                **_payload(post.bulletin),
                "because": post.because,
                "created_at": now,
            }
            for key, post in by_key.items()
            if key in added
        ]
        if rows:
            await self._connection.execute(insert(outbox), rows)

    async def _put_edit(self, receipt: Receipt, bulletin: Bulletin, now: datetime) -> None:
        of_message = outbox.c.delivery_key == receipt.delivery_key
        payload = _payload(bulletin)
        replaced = await self._connection.execute(
            update(outbox).where(of_message, _IS_REPLACEABLE).values(payload)
        )
        if replaced.rowcount == 0:
            last = select(func.coalesce(func.max(outbox.c.revision), 0)).where(of_message)
            because = select(outbox.c.because).where(of_message, _IS_POST)
            await self._connection.execute(
                insert(outbox).values(
                    story_id=bulletin.story_id,
                    **_columns(receipt.destination),
                    kind=TicketKind.EDIT,
                    revision=last.scalar_subquery() + 1,
                    state=PENDING,
                    delivery_key=receipt.delivery_key,
                    **payload,
                    because=func.coalesce(because.scalar_subquery(), ""),
                    created_at=now,
                )
            )
        await self._connection.execute(
            update(receipts)
            .where(receipts.c.delivery_key == receipt.delivery_key)
            .values(digest=bulletin.digest)
        )

    async def _bury_edits(self, ticket: Ticket) -> None:
        await self._connection.execute(
            update(outbox)
            .where(
                outbox.c.delivery_key == ticket.delivery_key,
                outbox.c.kind == TicketKind.EDIT,
                outbox.c.state == PENDING,
            )
            .values(state=DEAD, last_error="Its message was refused, or is gone.")
        )

    async def _leave_alone(self, ticket: Ticket, now: datetime) -> None:
        """The message that is gone, or the whole channel for a while."""
        if ticket.kind is TicketKind.EDIT:
            await self._connection.execute(
                update(receipts)
                .where(receipts.c.delivery_key == ticket.delivery_key)
                .values(gone=True)
            )
        else:
            await self._connection.execute(
                update(channels)
                .where(_is_channel(channels, ticket.destination))
                .values(rests_until=now + REST)
            )

    async def _record_sent(self, ticket: Ticket, message_id: str, now: datetime) -> None:
        await self._move(ticket, SENT, remote_id=message_id, last_error=None)
        is_post = ticket.kind is TicketKind.POST
        await self._connection.execute(
            update(receipts)
            .where(receipts.c.delivery_key == ticket.delivery_key)
            .values({"message_id": message_id, "sent_at" if is_post else "edited_at": now})
        )

    async def _move(self, ticket: Ticket, state: TicketState, **changes: Any) -> None:
        """Under the fence, end what the ticket's claim began, and give the channel back."""
        result = await self._connection.execute(
            update(outbox)
            .where(
                outbox.c.id == ticket.id,
                outbox.c.lease_token == ticket.lease_token,
                outbox.c.state.in_([SENDING, UNKNOWN]),
            )
            .values(state=state, **_NO_LEASE, **changes)
        )
        if result.rowcount == 0:
            raise LeaseLost(ticket.id)
        await self._release(ticket.destination, ticket.lease_token)
        if state is PENDING:
            await self._cancel(
                receipts.c.delivery_key == ticket.delivery_key,
                receipts.c.story_id.in_(
                    select(stories.c.id).where(stories.c.merged_into.is_not(None))
                ),
                outbox.c.id == ticket.id,
            )

    async def _cancel(self, *conditions: ColumnElement[bool]) -> None:
        """Take away these posts, which were never said, with all that would have followed them."""
        found = await self._connection.scalars(
            select(receipts.c.delivery_key)
            .join(outbox, outbox.c.delivery_key == receipts.c.delivery_key)
            .where(_IS_POST, *conditions)
        )
        if keys := found.all():
            for table in (outbox, receipts):
                await self._connection.execute(
                    delete(table).where(is_one_of(self._connection, table.c.delivery_key, keys))
                )

    async def _take_channel(
        self, destination: Destination, owner: str, lease: timedelta, now: datetime
    ) -> int | None:
        """The channel's next fence, which is its ticket's as well; None when another has it."""
        new = insert_into(self._connection, channels).values(
            **_columns(destination), **_lease(owner, 1, now + lease)
        )
        token: int | None = await self._connection.scalar(
            new.on_conflict_do_update(
                index_elements=["platform", "workspace", "channel"],
                set_=_lease(owner, channels.c.lease_token + 1, now + lease),
                where=_may_be_taken(now),
            ).returning(channels.c.lease_token)
        )
        return token

    async def _release(self, destination: Destination, token: int) -> None:
        await self._connection.execute(
            update(channels)
            .where(_is_channel(channels, destination), channels.c.lease_token == token)
            .values(_NO_LEASE)
        )

    async def _first(self, *conditions: ColumnElement[bool]) -> Row[Any] | None:
        """Locked until the commit: what it must be, it still is."""
        result = await self._connection.execute(select(outbox).where(*conditions).with_for_update())
        return result.one_or_none()

    async def _begin_attempt(self, row: Row[Any], lease: dict[str, Any], now: datetime) -> Ticket:
        attempt = {
            "state": SENDING,
            "attempts": row.attempts + 1,
            "first_attempt_at": row.first_attempt_at or now,
            "last_attempt_at": now,
        }
        made = _ticket(await self._update(row.id, attempt | lease))
        ticket = replace(made, last_attempt_at=row.last_attempt_at)
        if ticket.kind is TicketKind.POST:
            return ticket
        [receipt] = await self._connection.execute(
            select(receipts).where(receipts.c.delivery_key == ticket.delivery_key)
        )
        return replace(ticket, receipt=_receipt(receipt))

    async def _update(self, ticket_id: int, changes: dict[str, Any]) -> Row[Any]:
        result = await self._connection.execute(
            update(outbox).where(outbox.c.id == ticket_id).values(changes).returning(outbox)
        )
        row: Row[Any] = result.one()
        return row


_IS_POST = outbox.c.kind == TicketKind.POST
_IS_REPLACEABLE = or_(outbox.c.state == PENDING, and_(outbox.c.state == DEAD, _IS_POST))
"""Nobody can have read what it says. A dead post is kept up to date for whoever revives it."""
_NEVER_SAID = (PENDING, DEAD, TicketState.EXPIRED)
_NO_STORY = ""
"""What a message tells for a moment, as no two of a channel may tell the same."""
_DOUBT = func.coalesce(outbox.c.ambiguous_since, outbox.c.first_attempt_at)
_AS_NEW = {"first_attempt_at": None, "ambiguous_since": None}
"""No attempt so far can have landed."""
_NO_LEASE = {"lease_owner": None, "lease_until": None}


def _goes_on(other: Receipt, own: Receipt | None) -> bool:
    """Whether a channel goes on with the message of the other story, not with its own."""
    return own is None or (_stands(other) and not _stands(own))


def _stands(receipt: Receipt) -> bool:
    return receipt.message_id is not None and not receipt.gone


def _is_doubtful(ticket: Ticket) -> bool:
    return ticket.kind is TicketKind.POST and ticket.ambiguous_since is not None


def _is_free(table: Table, now: datetime) -> ColumnElement[bool]:
    return or_(table.c.lease_until.is_(None), table.c.lease_until <= now)


def _is_channel(table: Table, destination: Destination) -> ColumnElement[bool]:
    return and_(*(table.c[name] == value for name, value in _columns(destination).items()))


def _may_be_taken(now: datetime) -> ColumnElement[bool]:
    rested = or_(channels.c.rests_until.is_(None), channels.c.rests_until <= now)
    return and_(_is_free(channels, now), rested)


def _is_same_channel(table: Table) -> ColumnElement[bool]:
    """As the ticket's."""
    return and_(*(table.c[name] == outbox.c[name] for name in ("platform", "workspace", "channel")))


def _may_be_tried(now: datetime) -> ColumnElement[bool]:
    return and_(outbox.c.state == PENDING, _has_come(now))


def _has_come(now: datetime) -> ColumnElement[bool]:
    return or_(outbox.c.not_before.is_(None), outbox.c.not_before <= now)


def _is_undecided(now: datetime) -> ColumnElement[bool]:
    return and_(outbox.c.state == UNKNOWN, _has_come(now), _is_free(outbox, now))


def _stands_in_queue(now: datetime) -> ColumnElement[bool]:
    """What follows must wait for it."""
    has_message = exists().where(
        receipts.c.delivery_key == outbox.c.delivery_key, receipts.c.message_id.is_not(None)
    )
    return and_(
        is_queued,
        or_(_IS_POST, outbox.c.state != PENDING, and_(_has_come(now), has_message)),
    )


def _lease(owner: str, token: object, until: datetime) -> dict[str, Any]:
    return {"lease_owner": owner, "lease_token": token, "lease_until": until}


def _columns(destination: Destination) -> dict[str, str]:
    return {
        "platform": destination.platform,
        "workspace": destination.workspace,
        "channel": destination.channel,
    }


def _payload(bulletin: Bulletin) -> dict[str, str]:
    text = bulletin_json.to_json(bulletin)
    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return {"payload": text, "payload_hash": digest}


def _delivery_key() -> str:
    """96 random bits: 20 letters and digits, short enough for Discord's nonce (25)."""
    return base64.b32encode(secrets.token_bytes(12)).decode().rstrip("=").lower()


def _destination(row: Row[*tuple[Any, ...]]) -> Destination:
    return Destination(Platform(row.platform), row.workspace, row.channel)


def _ticket(row: Row[Any]) -> Ticket:
    return Ticket(
        id=row.id,
        story_id=row.story_id,
        destination=_destination(row),
        kind=TicketKind(row.kind),
        bulletin=bulletin_json.from_json(row.payload),
        because=row.because,
        delivery_key=row.delivery_key,
        lease_token=row.lease_token,
        lease_until=row.lease_until,
        attempts=row.attempts,
        first_attempt_at=row.first_attempt_at,
        last_attempt_at=row.last_attempt_at,
        ambiguous_since=row.ambiguous_since,
    )


def _receipt(row: Row[Any]) -> Receipt:
    return Receipt(
        story_id=row.story_id,
        destination=_destination(row),
        digest=row.digest,
        delivery_key=row.delivery_key,
        message_id=row.message_id,
        gone=row.gone,
    )
