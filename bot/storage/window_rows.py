"""What the entries of open stories are compared by, so that a start need not read all texts again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.engine import is_one_of
from bot.storage.kept_rows import KeptRows
from bot.storage.many import Many
from bot.storage.story_rows import EVER
from bot.storage.tables import compared, entries, stories
from bot.stories.rarity import NO_PAST, Past

PAST = "past"
"""Under this name is kept what was learnt of the words of closed stories."""
_COMPARED = Many(
    compared,
    ("entry_id", "packed"),
    lambda new: new.on_conflict_do_update(
        index_elements=["entry_id"], set_={"packed": new.excluded.packed}
    ),
)


class WindowRows:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._kept = KeptRows(connection)

    async def keep(self, packed: Mapping[str, bytes]) -> None:
        """By the ids of entries."""
        rows = ({"entry_id": entry_id, "packed": each} for entry_id, each in packed.items())
        await _COMPARED.write(self._connection, rows)

    async def compared(self, since: datetime = EVER) -> dict[str, bytes]:
        """What is kept of the entries of stories that changed since then, by their ids."""
        rows = await self._connection.execute(
            select(compared.c.entry_id, compared.c.packed)
            .select_from(compared.join(entries).join(stories))
            .where(stories.c.changed_at >= since)
        )
        return {row.entry_id: row.packed for row in rows}

    async def close(self, story_ids: Iterable[str], past: Past) -> None:
        """These stories were let go; `past` is what is known of words after it."""
        of_them = select(entries.c.id).where(
            is_one_of(self._connection, entries.c.story_id, list(story_ids))
        )
        await self._connection.execute(delete(compared).where(compared.c.entry_id.in_(of_them)))
        await self._kept.set(PAST, json.dumps([past.entries, dict(past.entries_with)]))

    async def past(self) -> Past:
        kept = await self._kept.get(PAST)
        return NO_PAST if kept is None else Past(*json.loads(kept))
