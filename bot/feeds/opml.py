"""Lists of feeds as OPML, which other readers take and give; the one door of defusedxml."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from bot.feeds.addresses import holds_secret, host_of
from bot.model.errors import Mistake
from bot.model.feed import Feed

LARGEST = 1_000_000
"""Bytes."""
MOST_OUTLINES = 5_000
DEEPEST = 10
"""Outlines within outlines."""
LONGEST_NAME = 200
"""Characters."""

# What XML cannot hold, and controls that could turn the text around them.
_NO_TEXT = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A feed that a list asks for; the folders it lay in are its tags."""

    url: str
    name: str
    tags: frozenset[str] = frozenset()


def read_opml(body: bytes) -> tuple[tuple[Wanted, ...], tuple[Mistake, ...]]:
    """The feeds that can be asked, each once, and every mistake in the rest.

    A file past a limit, or one that is not OPML, gives no feed and one mistake.
    """
    wanted: dict[str, Wanted] = {}
    mistakes: list[Mistake] = []
    try:
        for name, url, tags in _outlines(body):
            try:
                host = host_of(url)
            except Mistake as mistake:
                mistakes.append(Mistake(mistake.message, mistake.hint, at=name))
            else:
                first = wanted.get(url) or Wanted(url, name or host)
                wanted[url] = Wanted(url, first.name, first.tags | tags)
    except Mistake as mistake:
        return (), (mistake,)
    except DefusedXmlException:
        return (), (
            Mistake("The file defines a document type or entities of its own.", "Remove them."),
        )
    # Unknown encodings come as LookupError, those that expat cannot take as ValueError.
    except (ParseError, LookupError, ValueError):
        return (), (_not_opml(),)
    if not wanted and not mistakes:
        mistakes.append(Mistake("There are no feeds in the file.", _EXPORT))
    return tuple(wanted.values()), tuple(mistakes)


_EXPORT = "Export the list from your reader as OPML."


def _not_opml() -> Mistake:
    return Mistake("The file is not OPML.", _EXPORT)


def _outlines(body: bytes) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Name, address and folders of each outline that has an address, in the file's order."""
    if len(body) > LARGEST:
        raise Mistake("The file is larger than 1 MB.", "Split it into several.")
    folders: list[str] = []
    count = 0
    root: Element | None = None
    for event, element in iterparse(BytesIO(body), events=("start", "end"), forbid_dtd=True):
        if root is None:
            root = element
            if element.tag.lower() != "opml":
                raise _not_opml()
        if element.tag.lower() != "outline":
            continue
        if event == "end":
            folders.pop()
            element.clear()
            continue
        count += 1
        if count > MOST_OUTLINES:
            raise Mistake(
                f"The file has more than {MOST_OUTLINES:,} outlines.", "Split it into several."
            )
        if len(folders) == DEEPEST:
            raise Mistake(f"Its folders are more than {DEEPEST} deep.", "Make them flatter.")
        said = {key.lower(): text for key, text in element.attrib.items()}
        name = _plain(said.get("title", "")) or _plain(said.get("text", ""))
        if "://" in name:
            name = ""  # some readers write the address there, secret and all
        if url := said.get("xmlurl", "").strip():
            yield name, url, frozenset(filter(None, folders))
        folders.append(name)


def write_opml(feeds: Iterable[Feed], title: str, now: datetime) -> bytes:
    """The feeds as OPML; one with several tags stands in the folder of each.

    A feed whose address holds a secret is left out: a list is made to be passed on, and without
    its secret the address is of no use.
    """
    opml = Element("opml", version="2.0")
    head = SubElement(opml, "head")
    SubElement(head, "title").text = _plain(title)
    SubElement(head, "dateCreated").text = format_datetime(now)
    body = SubElement(opml, "body")
    folders: dict[str, Element] = {}
    for feed in feeds:
        if holds_secret(feed.url):
            continue
        tags = sorted(filter(None, map(_plain, feed.tags)))
        for tag in tags:
            if tag not in folders:
                folders[tag] = SubElement(body, "outline", text=tag, title=tag)
        name = _plain(feed.outlet)
        for parent in [folders[tag] for tag in tags] or [body]:
            SubElement(parent, "outline", type="rss", text=name, title=name, xmlUrl=feed.url)
    written: bytes = tostring(opml, encoding="utf-8", xml_declaration=True)
    return written


def _plain(text: str) -> str:
    """A name as one line of text: it is shown and compared, and never a path."""
    return " ".join(_NO_TEXT.sub(" ", text).split())[:LONGEST_NAME].rstrip()
