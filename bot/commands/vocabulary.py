"""The commands, and the shape of an answer."""

from __future__ import annotations

from dataclasses import dataclass

from bot.model.watch import Destination


@dataclass(frozen=True, slots=True)
class AddWatch:
    """Tell this channel of every story that the query matches."""

    query: str


@dataclass(frozen=True, slots=True)
class RemoveWatch:
    watch_id: int


@dataclass(frozen=True, slots=True)
class ListWatches:
    """The watches of this channel, and how many other channels of its workspace have."""


@dataclass(frozen=True, slots=True)
class TryWatch:
    """Show which of the last days' stories a query would have told; nothing is saved or posted."""

    query: str


@dataclass(frozen=True, slots=True)
class AddFeed:
    """Read the feed at this address, of a feed or a page, for this workspace."""

    address: str
    choice: int | None = None
    """Which of the feeds of a page, counted from 1."""


@dataclass(frozen=True, slots=True)
class FindFeeds:
    """Show which feeds there are at an address; nothing is saved."""

    address: str


@dataclass(frozen=True, slots=True)
class RemoveFeed:
    feed: str
    """Here and below, one of this workspace's feeds: its id, its address or its outlet's name."""


@dataclass(frozen=True, slots=True)
class ListFeeds:
    """This workspace's feeds, and how many it is given by who runs wirewatch."""


@dataclass(frozen=True, slots=True)
class TryFeed:
    """Ask one feed now and show what would be read; nothing is saved or posted."""

    feed: str
    """Or the address of one that is not added."""


@dataclass(frozen=True, slots=True)
class EditFeed:
    feed: str
    url: str | None = None
    outlet: str | None = None
    every: str | None = None
    """As ``30m``, ``2h`` or ``1d``; ``auto`` to go by the feed's own rhythm."""


@dataclass(frozen=True, slots=True)
class PauseFeed:
    feed: str


@dataclass(frozen=True, slots=True)
class ResumeFeed:
    feed: str


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """How polling stands: of one feed in full, or of all in a line each."""

    feed: str | None = None


@dataclass(frozen=True, slots=True)
class ImportFeeds:
    """Read every feed of an OPML list."""

    opml: bytes | str
    """The list itself, or the address it is at."""


@dataclass(frozen=True, slots=True)
class ExportFeeds:
    """This workspace's feeds as an OPML list."""


@dataclass(frozen=True, slots=True)
class ShowStory:
    """Show who tells a story, since when, and why each telling stands in it."""

    story: str
    """Here and below: its id, or the link of a post of it."""


@dataclass(frozen=True, slots=True)
class MergeStories:
    """Tell the other in this one from now on: they are one."""

    story: str
    other: str


@dataclass(frozen=True, slots=True)
class SplitStory:
    """Make a story of its own of some of the tellings."""

    story: str
    tellings: tuple[int, ...]
    """By their numbers in `ShowStory`, from 1."""


@dataclass(frozen=True, slots=True)
class UndoStory:
    """Take back this workspace's last merge or split."""


@dataclass(frozen=True, slots=True)
class Help:
    """What can be asked."""


WatchCommand = AddWatch | RemoveWatch | ListWatches | TryWatch
FeedCommand = (
    AddFeed
    | FindFeeds
    | RemoveFeed
    | ListFeeds
    | TryFeed
    | EditFeed
    | PauseFeed
    | ResumeFeed
    | FeedStatus
    | ImportFeeds
    | ExportFeeds
)
StoryCommand = ShowStory | MergeStories | SplitStory | UndoStory
Command = WatchCommand | FeedCommand | StoryCommand | Help


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and from where."""

    destination: Destination
    user: str
    """The person's id on the platform."""
    may_change: bool
    """The platform says that this person may change what this channel gets."""
    key: str
    """The platform's id of this one request; the same request delivered twice is done once."""


@dataclass(frozen=True, slots=True)
class File:
    """A text file that goes with an answer."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in plain text, without any platform's markup."""

    text: str
    lines: tuple[str, ...] = ()
    """Rows below the text: one watch, one story each."""
    private: bool = True
    """Only the caller sees it."""
    file: File | None = None
