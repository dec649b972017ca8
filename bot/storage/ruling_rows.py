"""What people decided of stories, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.ruling import By, Ruling, RulingKind
from bot.model.story import Story
from bot.storage.engine import is_one_of
from bot.storage.tables import rulings


class RulingRows:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self,
        kind: RulingKind,
        story: Story,
        other_id: str,
        entries: Mapping[str, str | None],
        posts: tuple[str, ...],
        by: By,
        now: datetime,
    ) -> None:
        """Keep what was decided, as `Ruling` has it; `story` is the first one as it was before."""
        await self._connection.execute(
            insert(rulings).values(
                kind=kind,
                story_id=story.id,
                other_id=other_id,
                entries=dict(entries),
                posts=list(posts),
                follows=story.follows,
                settled=story.settled,
                platform=by.platform,
                workspace=by.workspace,
                user=by.user,
                at=now,
            )
        )

    async def last(self, by: By) -> Ruling | None:
        """The last that stands of this workspace's; for the operator, of all."""
        standing = select(rulings).where(rulings.c.undone_at.is_(None))
        if not by.is_operator:
            standing = standing.where(
                rulings.c.platform == by.platform, rulings.c.workspace == by.workspace
            )
        rows = await self._connection.execute(standing.order_by(rulings.c.id.desc()).limit(1))
        row = rows.one_or_none()
        return None if row is None else _ruling(row)

    async def is_built_upon(self, ruling: Ruling) -> bool:
        """Whether a later one that stands is of one of its stories."""
        stories = (ruling.story_id, ruling.other_id)
        later = select(rulings.c.id).where(
            rulings.c.id > ruling.id,
            rulings.c.undone_at.is_(None),
            or_(
                is_one_of(self._connection, rulings.c.story_id, stories),
                is_one_of(self._connection, rulings.c.other_id, stories),
            ),
        )
        return await self._connection.scalar(later.limit(1)) is not None

    async def undo(self, ruling: Ruling, now: datetime) -> None:
        """It stands no more."""
        await self._connection.execute(
            update(rulings).where(rulings.c.id == ruling.id).values(undone_at=now)
        )


def _ruling(row: Row[Any]) -> Ruling:
    return Ruling(
        id=row.id,
        kind=RulingKind(row.kind),
        story_id=row.story_id,
        other_id=row.other_id,
        entries=row.entries,
        posts=tuple(row.posts),
        follows=row.follows,
        settled=row.settled,
    )
