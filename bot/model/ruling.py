"""What people decide of stories: that two are one, or that one is two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.model.story import Story
from bot.model.watch import Platform


@dataclass(frozen=True, slots=True)
class By:
    """Who decides. Whoever runs wirewatch comes by the console, and may decide for everybody."""

    platform: Platform
    workspace: str
    user: str
    key: str = field(default="", compare=False)
    """Of the request: one that comes twice is carried out once. Empty where none can."""

    @property
    def is_operator(self) -> bool:
        return self.platform is Platform.CONSOLE


class RulingKind(StrEnum):
    MERGE = "merge"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A merge or a split as it was decided, with what it takes to undo it."""

    id: int
    kind: RulingKind
    story_id: str
    """The story that lived on, or that was left."""
    other_id: str
    """The story that was taken in, or that was taken out."""
    entries: Mapping[str, str | None]
    """The entries that changed their story, each with the entry it copied before."""
    posts: tuple[str, ...]
    """Keys of the posts that told the other story and have told the first one since."""
    follows: str | None
    """What the first story went on from before."""
    settled: bool
    """Whether people had said before what belongs to the first story."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a command of `By` came to."""

    kind: RulingKind
    undone: bool
    """It was taken back: after a merge there are two stories again, after a split one."""
    story: Story
    """The one that lives on, or that was left, as it is now."""
    other: Story
    """The one taken in, as it was; or the one that stands for itself now. Of both there are only
    the tellings that the person may see."""
