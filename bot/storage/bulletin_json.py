"""A bulletin as text, for the outbox: what is said is fixed when it is planned."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.model.delivery import Bulletin, Count, Earlier, Line, Mention, MovedTo


def to_json(bulletin: Bulletin) -> str:
    return json.dumps(asdict(bulletin), default=datetime.isoformat, ensure_ascii=False)


def from_json(text: str) -> Bulletin:
    told: dict[str, Any] = json.loads(text)
    return Bulletin(
        **told
        | {
            "lines": tuple(Line(**line) for line in told["lines"]),
            "counts": tuple(_count(count) for count in told["counts"]),
            "mentions": tuple(_mention(mention) for mention in told["mentions"]),
            "opened_at": datetime.fromisoformat(told["opened_at"]),
            "changed_at": datetime.fromisoformat(told["changed_at"]),
            "follows": told["follows"] and _earlier(told["follows"]),
            "moved_to": told["moved_to"] and MovedTo(**told["moved_to"]),
        }
    )


def _count(told: dict[str, Any]) -> Count:
    at = told["at"] and datetime.fromisoformat(told["at"])
    return Count(**told | {"outlets": tuple(told["outlets"]), "at": at})


def _mention(told: dict[str, Any]) -> Mention:
    return Mention(**told | {"told_at": datetime.fromisoformat(told["told_at"])})


def _earlier(told: dict[str, Any]) -> Earlier:
    return Earlier(**told | {"told_at": datetime.fromisoformat(told["told_at"])})
