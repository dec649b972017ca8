"""A fast first reader for the plain well-formed feeds that most newsrooms serve.

It answers only where its answer is feedparser's, field for field, and leaves every other body to
feedparser: the rules below follow feedparser 6, oddities included. Its limits are those of the
pre-scan, which must have passed, and of the body's size.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from bot.feeds import fields
from bot.feeds.encoding import plainly_utf8
from bot.feeds.names import Names, Unsure, tree
from bot.feeds.plain_dates import UnusualDate, plain_moment
from bot.model.feed import Item, Items


def quick_parse(body: bytes, url: str, content_type: str | None) -> Items | None:
    """What `body`, found at `url`, holds; None: ask feedparser."""
    try:
        return read_plainly(body, url, content_type)
    except Unsure:
        return None


def read_plainly(body: bytes, url: str, content_type: str | None) -> Items:
    """As `quick_parse`, but raises `Unsure` with the reason."""
    if not plainly_utf8(body, content_type):
        raise Unsure("encoding")
    root, names = tree(body), Names()
    base = _base(root, body)
    match names[root.tag]:
        case "rss" if len(root) == 1 and names[root[0].tag] == "channel":
            channel, items = root[0], [each for each in root[0] if names[each.tag] in _ITEMS]
        case "feed":
            channel, items = root, [each for each in root if names[each.tag] in _ITEMS]
        case "rdf_rdf" if len(root) and names[root[0].tag] == "channel":
            channel, items = root[0], _rdf_items(root, names)
        case name:
            raise Unsure(f"root {name}")
    if not 0 < len(items) <= fields.MOST_ITEMS:
        raise Unsure("number of items")
    about = _Channel(names, base)
    about.read(channel)
    language = "" if names[root.tag] == "rdf_rdf" else root.get(_XML + "lang", root.get("lang", ""))
    return Items(
        items=tuple(_Entry(names, base).read(each, url) for each in items),
        title=about.title or "",
        language=fields.language(about.texts.get("language", language.replace("_", "-"))),
        ask_every=fields.ask_every(
            *(about.texts.get(key, "") for key in ("ttl", "sy_updateperiod", "sy_updatefrequency"))
        ),
        skip_hours=fields.skip_hours(body),
        skip_days=fields.skip_days(body),
        hub=fields.absolute(about.links.get("hub", ""), url),
        topic=fields.absolute(about.links.get("self", ""), url),
    )


_XML = "{http://www.w3.org/XML/1998/namespace}"
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"

_BASE = re.compile(rb"""base\s*=\s*["']""")
_PLAIN_BASE = re.compile(r"https?://[a-z0-9.:-]+/(?:[\w-]+/)*")


def _base(root: Element, body: bytes) -> str:
    """The ``xml:base`` of the root, the only place where it is understood."""
    base = root.get(_XML + "base")
    if len(_BASE.findall(body.lower())) != (base is not None):
        raise Unsure("xml:base")
    if base is not None and not _PLAIN_BASE.fullmatch(base):
        raise Unsure("xml:base")
    return base or ""


def _rdf_items(root: Element, names: Names) -> list[Element]:
    if any(names[each.tag] in _ITEMS for each in root[0]):
        raise Unsure("items in and after the channel")
    items = []
    for each in root[1:]:
        match names[each.tag]:
            case "item":
                items.append(each)
            case "image" | "textinput" as name:
                _only(each, names, _ASIDE[name])
            case name:
                raise Unsure(f"{name} in RDF")
    return items


_ASIDE = {
    "image": frozenset({"title", "link", "description", "url", "width", "height"}),
    "textinput": frozenset({"title", "link", "description", "name"}),
}
"""What else they hold, feedparser takes for the channel's own."""


def _only(parent: Element, names: Names, allowed: frozenset[str]) -> None:
    for each in parent:
        if len(each) or names[each.tag] not in allowed:
            raise Unsure(f"inside {names[parent.tag]}")


class _Channel:
    """What the channel says of itself; later words overwrite earlier ones."""

    __slots__ = ("_base", "_names", "_summarised", "links", "texts", "title")

    def __init__(self, names: Names, base: str) -> None:
        self._names = names
        self._base = base
        self._summarised = False
        self.title: str | None = None
        self.texts: dict[str, str] = {}
        self.links: dict[str, str] = {}

    def read(self, channel: Element) -> None:
        _no_oddities(channel)
        for element in channel:
            name = self._names[element.tag]
            if name in _ITEMS:
                continue
            match name:
                case "title" if self.title is None:
                    self.title = _markup(element)
                case "link":
                    self._link(element)
                case "language" | "dc_language":
                    self.texts["language"] = _text(element)
                case "ttl" | "sy_updateperiod" | "sy_updatefrequency":
                    self.texts[name] = "" if element.keys() else _text(element)
                case "skiphours" | "skipdays":
                    _only(element, self._names, _TIMES)
                case "description" | "dc_description" | "summary" | "itunes_summary":
                    self._describe(element, name)
                case "image" | "textinput":
                    _only(element, self._names, _ASIDE[name])
                case "author" | "managingeditor" | "contributor" | "itunes_owner":
                    _only(element, self._names, _OF_PERSONS | {"itunes_name", "itunes_email"})
                case "items":
                    for each in element:
                        _only(each, self._names, frozenset({"rdf_li"}))
                case "itunes_category":
                    _only(element, self._names, frozenset({"itunes_category"}))
                case _ if len(element) or name in _OF_ITEMS_ONLY:
                    raise Unsure(f"{name} in channel")

    def _link(self, element: Element) -> None:
        href = element.get("href")
        if len(element) or (href is None and element.keys()):
            raise Unsure("link in channel")
        if href is not None:
            rel = element.get("rel", "alternate").lower()
            self.links.setdefault(rel, _resolved(self._base, href))

    def _describe(self, element: Element, name: str) -> None:
        _markup(element)
        if self._summarised:  # feedparser lets a second one change how the first item is read
            raise Unsure("channel summarised twice")
        self._summarised = name in ("summary", "itunes_summary")


class _Entry:
    """One item, as its elements come by: with feedparser's order and precedence."""

    __slots__ = (
        "_author",
        "_base",
        "_contents",
        "_guid",
        "_has_content",
        "_link",
        "_names",
        "_people",
        "_published",
        "_source",
        "_summary",
        "_summary_depth",
        "_title",
        "_title_depth",
        "_title_shut",
        "_updated",
    )

    def __init__(self, names: Names, base: str) -> None:
        self._names = names
        self._base = base
        self._guid = ""
        self._link: str | None = None
        self._title: str | None = None
        self._title_depth = 0
        self._title_shut = -1
        """No title at this depth or below it counts any more."""
        self._summary: str | None = None
        self._summary_depth: int | None = None
        self._has_content = False
        self._contents: list[str] = []
        self._author: str | None = None
        self._people = False
        self._source: str | None = None
        self._published: datetime | None = None
        self._updated: datetime | None = None

    def read(self, item: Element, url: str) -> Item:
        self._begin(item)
        for element in item:
            name = self._names[element.tag]
            field = _FIELDS.get(name)
            if field is not None:
                field(self, element, 0)
            elif len(element) or name in _STRUCTURE:
                self._read_nested(element, name, 1)
        link = self._link
        return Item(
            guid=self._guid or None,
            link=link if link and _PLAIN_LINK.fullmatch(link) else fields.absolute(link or "", url),
            title=self._title or "",
            summary=fields.fullest([self._summary or "", *self._contents]),
            published=self._published,
            updated=self._updated,
            author=self._author or None,
            source=self._source or None,
        )

    def _begin(self, item: Element) -> None:
        if item.keys():
            _no_oddities(item)
            self._guid = item.get(_RDF_ABOUT, "").strip()

    def _read_nested(self, parent: Element, name: str, depth: int) -> None:
        if name in _LEAVES or name in _STRUCTURE or depth > 5:
            raise Unsure(f"inside {name}")
        for element in parent:
            name = self._names[element.tag]
            field = _FIELDS.get(name)
            if field in _EVEN_NESTED:
                field(self, element, depth)
            elif field is not None:
                raise Unsure(f"{name} nested")
            elif len(element):
                self._read_nested(element, name, depth + 1)

    def guid(self, element: Element, depth: int) -> None:
        if element.keys() not in ([], ["isPermaLink"]):
            raise Unsure("attributes of guid")
        self._guid = _text(element)
        if element.get("isPermaLink", "true") == "true":
            self._guid = _resolved(self._base, self._guid)
            if self._link is None:
                self._link = self._guid

    def link(self, element: Element, depth: int) -> None:
        href = element.get("href")
        if href is None:
            if element.keys():
                raise Unsure("attributes of link")
            link = _resolved(self._base, _text(element))
            self._link = _AMPERSAND.sub(r"&\1", link.replace("&amp;", "&")) if "&" in link else link
            return
        if not href or len(element) or not _OF_LINKS.issuperset(element.keys()):
            raise Unsure("attributes of link")
        if (
            element.get("rel", "alternate").lower() == "alternate"
            and element.get("type", "html").lower() in _PAGE_TYPES
        ):
            self._link = _resolved(self._base, href).strip()

    def title(self, element: Element, depth: int) -> None:
        title = self._titled(element, depth)
        if title:
            self._title_shut = depth

    def media_title(self, element: Element, depth: int) -> None:
        self._titled(element, depth)

    def _titled(self, element: Element, depth: int) -> str:
        title = _markup(element)
        shut = -1 < self._title_shut <= depth
        if not shut and (self._title is None or depth <= self._title_depth):
            self._title, self._title_depth = title, depth
        return title

    def description(self, element: Element, depth: int) -> None:
        if self._summary is not None and not self._has_content:
            self.content(element, depth)
            return
        text = _markup(element)
        if self._summary_depth is None or depth <= self._summary_depth:
            self._summary, self._summary_depth = text, depth

    def content(self, element: Element, depth: int) -> None:
        self._has_content = True
        text = _markup(element)
        self._contents.append(text)
        if self._summary is None:
            self._summary = text

    def author(self, element: Element, depth: int) -> None:
        if not len(element):
            if self._people:
                raise Unsure("authors of two kinds")
            self._author = _text(element)
            return
        person: dict[str, str] = {}
        _only(element, self._names, _OF_PERSONS)
        for each in element:
            name = self._names[each.tag]
            if name in person:
                raise Unsure("person of two names")
            person[name] = _text(each)
        name, email = person.get("name", ""), person.get("email", "")
        if self._author is not None and (not name or not self._people or "@" in self._author):
            raise Unsure("several authors")  # feedparser mixes them up
        if _between(element):
            raise Unsure("text in author")
        self._people = True
        self._author = f"{name} ({email})" if name and email else name or email

    def source(self, element: Element, depth: int) -> None:
        _only(element, self._names, _OF_SOURCES)
        text = _between(element) if len(element) else _text(element)
        if len(element) and text:
            raise Unsure("text in source")
        titles = [_markup(each) for each in element if self._names[each.tag] == "title"]
        if len(titles) > 1:
            raise Unsure("source of two titles")
        self._source = text or "".join(titles)
        self._title_shut = depth + 1 if any(titles) else -1

    def published(self, element: Element, depth: int) -> None:
        self._published = _moment(element)

    def updated(self, element: Element, depth: int) -> None:
        self._updated = _moment(element)


_FIELDS: dict[str, Callable[[_Entry, Element, int], None]] = {
    "author": _Entry.author,
    "content": _Entry.content,
    "content_encoded": _Entry.content,
    "dc_author": _Entry.author,
    "dc_creator": _Entry.author,
    "dc_date": _Entry.updated,
    "dc_description": _Entry.description,
    "dc_title": _Entry.title,
    "dcterms_issued": _Entry.published,
    "dcterms_modified": _Entry.updated,
    "description": _Entry.description,
    "guid": _Entry.guid,
    "id": _Entry.guid,
    "issued": _Entry.published,
    "itunes_author": _Entry.author,
    "itunes_summary": _Entry.description,
    "lastbuilddate": _Entry.updated,
    "link": _Entry.link,
    "managingeditor": _Entry.author,
    "media_description": _Entry.description,
    "media_title": _Entry.media_title,
    "modified": _Entry.updated,
    "pubdate": _Entry.published,
    "published": _Entry.published,
    "source": _Entry.source,
    "summary": _Entry.description,
    "title": _Entry.title,
    "updated": _Entry.updated,
}
_EVEN_NESTED = (_Entry.description, _Entry.media_title)
# fmt: off
_OF_ITEMS_ONLY = frozenset({
    "channel", "content", "content_encoded", "dc_title", "feed", "media_description", "media_title",
    "rss", "source", "title",
})
"""What in a channel changes how feedparser reads its title or its items."""
_LEAVES = frozenset({
    "category", "copyright", "created", "dc_contributor", "dc_language", "dc_publisher", "dc_rights", "dc_subject",
    "dcterms_created", "dcterms_valid", "expirationdate", "generator", "itunes_subtitle",
    "keywords", "language", "rights", "subtitle", "tagline", "webmaster",
})
"""Elements without effect here that feedparser treats in its own way, so without children only."""
# fmt: on
_ITEMS = ("item", "entry")
# fmt: off
_STRUCTURE = frozenset({
    "channel", "entry", "feed", "image", "item", "items", "rdf_rdf", "rss", "textinput",
})
# fmt: on
_TIMES = frozenset({"hour", "day"})
_OF_PERSONS = frozenset({"name", "email", "uri", "url", "homepage"})
_OF_SOURCES = frozenset({"title", "id", "link", "updated", "icon", "logo", "rights", "subtitle"})
_OF_LINKS = frozenset({"href", "rel", "type", "title", "hreflang", "length"})
_PAGE_TYPES = frozenset({"html", "text/html", "xhtml", "application/xhtml+xml"})
_TEXT_TYPES = frozenset({"text", "plain", "text/plain", "html", "text/html"})

_URL_PART = r"[A-Za-z0-9._~!$'()*+,=:@%-]"
_PLAIN_LINK = re.compile(
    rf"https?://[A-Za-z0-9.-]+(?::\d{{1,5}})?(?:/{_URL_PART}*)*(?:\?[&/?{_URL_PART[1:-1]}]+)?"
    rf"(?:\#[/{_URL_PART[1:-1]}]+)?"
)
"""An address that stays as it is when it is joined to another one."""
_AMPERSAND = re.compile("&([A-Za-z0-9_]+);")
_C1 = re.compile("[\x80-\x9f]")


def _resolved(base: str, link: str) -> str:
    if not link or _PLAIN_LINK.fullmatch(link):
        return link
    if ":///" in link:
        raise Unsure("address with three slashes")
    try:
        return urljoin(base, link)
    except ValueError as error:
        raise Unsure("address") from error


def _no_oddities(element: Element) -> None:
    for key in element.keys():  # noqa: SIM118 - an element is no mapping
        if key.rpartition("}")[2].lower() in ("href", "lastmod"):
            raise Unsure("attributes of CDF")


def _markup(element: Element) -> str:
    """The text of an element that may say of what type it is."""
    for key, value in element.items():
        if key == "type" and value.lower() in _TEXT_TYPES:
            continue
        if key != _XML + "lang":
            raise Unsure(f"attribute {key} {value}"[:60])
    return _text(element)


def _text(element: Element) -> str:
    if len(element):
        raise Unsure("elements in text")
    text = (element.text or "").strip()
    if not text.isascii():
        _sure_of(text)
    return text


def _between(element: Element) -> str:
    """What text an element holds beside its children."""
    return ((element.text or "") + "".join(each.tail or "" for each in element)).strip()


def _sure_of(text: str) -> None:
    """Feedparser repairs what looks like Windows-1252 or like UTF-8 encoded twice."""
    if _C1.search(text):
        raise Unsure("Windows-1252")
    try:
        text.encode("iso-8859-1").decode()
    except UnicodeError:
        return
    raise Unsure("UTF-8 twice")


def _moment(element: Element) -> datetime | None:
    text = _text(element)
    try:
        return plain_moment(text) if text else None
    except UnusualDate as error:
        raise Unsure("date") from error
