"""What each channel still has to be told of a story."""

from __future__ import annotations

from collections.abc import Iterable

from bot.model.delivery import Action, Bulletin, Edit, MovedTo, Post, Receipt
from bot.model.watch import Concern


def plan(
    bulletin: Bulletin, audience: Iterable[Concern], receipts: Iterable[Receipt]
) -> tuple[Action, ...]:
    """One post to each channel that holds nothing yet, one edit where something else stands.

    A channel with several watches is told once, for the first watch's reason. A channel that was
    told stays told: it gets the edits even when the story no longer matches what it asked for,
    unless the message was taken away.
    Planned again with the receipts of its own actions, it gives nothing.
    """
    held = {receipt.destination: receipt for receipt in receipts}
    posts: dict[object, Action] = {}
    for concern in audience:
        destination = concern.watch.destination
        if destination not in held:
            posts.setdefault(destination, Post(destination, bulletin, concern.because))
    edits = [
        Edit(receipt, bulletin)
        for receipt in held.values()
        if receipt.digest != bulletin.digest and not receipt.gone
    ]
    return (*edits, *posts.values())


def point(
    left: Iterable[Receipt], living: Iterable[Receipt], bulletin: Bulletin
) -> tuple[Edit, ...]:
    """Make a pointer of each post that a story left behind when `bulletin`'s took it in.

    It points to the living one in the same channel; where there is none, it stays as it is. Of the
    story it shows no more than the headline.
    """
    lives = {receipt.destination: receipt for receipt in living}
    edits = []
    for receipt in left:
        to = lives.get(receipt.destination)
        if to is None or receipt.gone:
            continue
        pointer = Bulletin(
            story_id=receipt.story_id,
            headline=bulletin.headline,
            link=None,
            lines=(),
            counts=(),
            mentions=(),
            publishers=0,
            opened_at=bulletin.opened_at,
            changed_at=bulletin.changed_at,
            moved_to=MovedTo(bulletin.headline, to.message_id),
        )
        if receipt.digest != pointer.digest:
            edits.append(Edit(receipt, pointer))
    return tuple(edits)
