"""The posts of channels, as people point at them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.watch import Destination, Platform
from bot.storage import bulletin_json
from bot.storage.tables import outbox, receipts


class PostRows:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def story_of(
        self, platform: Platform, workspace: str | None, channel: str, message_id: str
    ) -> str | None:
        """The id of the story that a post of the workspace tells; None: of whatever workspace.

        A post that is only a pointer by now is of the story that it told.
        """
        wanted = select(receipts.c.story_id).where(
            receipts.c.message_id == message_id,
            receipts.c.platform == platform,
            receipts.c.channel == channel,
        )
        if workspace is not None:
            wanted = wanted.where(receipts.c.workspace == workspace)
        story_id: str | None = await self._connection.scalar(wanted)
        return story_id

    async def told(
        self, destination: Destination, since: datetime, most: int
    ) -> list[tuple[str, str]]:
        """The id and the headline of the stories that were told there since then, the latest first.

        At most so many posts and edits are looked at.
        """
        rows = await self._connection.execute(
            select(receipts.c.story_id, outbox.c.payload)
            .join(receipts, receipts.c.delivery_key == outbox.c.delivery_key)
            .where(
                outbox.c.created_at >= since,
                receipts.c.platform == destination.platform,
                receipts.c.workspace == destination.workspace,
                receipts.c.channel == destination.channel,
                receipts.c.message_id.is_not(None),
                ~receipts.c.gone,
            )
            .order_by(outbox.c.id.desc())
            .limit(most)
        )
        last: dict[str, str] = {}
        for story_id, payload in rows:
            last.setdefault(story_id, payload)
        said = {story_id: bulletin_json.from_json(payload) for story_id, payload in last.items()}
        return [
            (story_id, bulletin.headline)
            for story_id, bulletin in said.items()
            if not bulletin.notice and bulletin.moved_to is None
        ]
