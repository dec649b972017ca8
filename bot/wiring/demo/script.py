"""The demo's news day: read from `newsday.yaml`, and rendered as feeds for any moment of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time
from email.utils import format_datetime
from enum import StrEnum
from html import escape
from importlib import resources
from typing import Any

import yaml

from bot.model.feed import Feed


class Form(StrEnum):
    """How an outlet writes its feed."""

    RSS = "rss"
    ATOM = "atom"
    BROKEN_RSS = "broken rss"
    """With bare ampersands, and cut off before its end; a tolerant parser still reads it."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A while in which an outlet's server only answers with an error."""

    status: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Outlet:
    id: str
    name: str
    publisher: str
    form: Form
    outages: tuple[Outage, ...]

    @property
    def path(self) -> str:
        return f"/{self.id}.xml"

    @property
    def site(self) -> str:
        return f"https://{self.id}.example"


@dataclass(frozen=True, slots=True)
class Wording:
    """How an article reads from some moment on."""

    at: datetime
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """What one outlet tells under one guid, with its revisions."""

    id: str
    outlet: str
    wordings: tuple[Wording, ...]
    """Oldest first; the first one's time is the publication's."""
    event: str
    """The story it belongs to; only tests may look."""
    copy_of: str | None
    """The article whose text it repeats; only tests may look."""

    @property
    def published(self) -> datetime:
        return self.wordings[0].at

    def wording_at(self, moment: datetime) -> Wording | None:
        """As it reads at that moment; None before it is published."""
        told = [wording for wording in self.wordings if wording.at <= moment]
        return told[-1] if told else None


@dataclass(frozen=True, slots=True)
class Body:
    """A feed as it is served."""

    content_type: str
    text: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer without a feed in it."""

    status: int


@dataclass(frozen=True, slots=True)
class Newsday:
    begin: datetime
    end: datetime
    outlets: tuple[Outlet, ...]
    articles: tuple[Article, ...]

    def feeds(self, base_url: str) -> tuple[Feed, ...]:
        """The outlets' feeds under that address, which has no slash at its end."""
        return tuple(
            Feed(o.id, base_url + o.path, o.name, o.publisher, language="en") for o in self.outlets
        )

    def feeds_at(self, moment: datetime) -> dict[str, Body | Fault]:
        """What each path answers at that moment of the day."""
        return {outlet.path: self._answer(outlet, moment) for outlet in self.outlets}

    def _answer(self, outlet: Outlet, moment: datetime) -> Body | Fault:
        for outage in outlet.outages:
            if outage.since <= moment < outage.until:
                return Fault(outage.status)
        told = [
            (article, wording)
            for article in sorted(self.articles, key=lambda a: a.published, reverse=True)
            if article.outlet == outlet.id and (wording := article.wording_at(moment))
        ]
        match outlet.form:
            case Form.RSS:
                return Body("application/rss+xml", _rss(outlet, told).encode())
            case Form.BROKEN_RSS:
                return Body("application/rss+xml", _damaged(_rss(outlet, told)).encode())
            case Form.ATOM:
                return Body("application/atom+xml", _atom(outlet, told).encode())


def load_newsday() -> Newsday:
    """The day that ships with the package."""
    script = resources.files("bot.wiring.demo").joinpath("newsday.yaml")
    raw = yaml.safe_load(script.read_text(encoding="utf-8"))
    begin: datetime = raw["begin"]
    return Newsday(
        begin=begin,
        end=raw["end"],
        outlets=tuple(_outlet(id_, fields, begin) for id_, fields in raw["outlets"].items()),
        articles=tuple(_article(fields, begin) for fields in raw["entries"]),
    )


def _outlet(id_: str, fields: dict[str, Any], day: datetime) -> Outlet:
    outages = tuple(
        Outage(o["status"], _on(day, o["since"]), _on(day, o["until"]))
        for o in fields.get("outages", ())
    )
    form = Form(fields.get("form", Form.RSS))
    return Outlet(id_, fields["name"], fields["publisher"], form, outages)


def _article(fields: dict[str, Any], day: datetime) -> Article:
    lead, *rest = fields["text"]
    if "dateline" in fields:
        lead = f"{fields['dateline']} {lead}"
    wordings = [Wording(_on(day, fields["at"]), fields["title"], (lead, *rest))]
    for revision in fields.get("revisions", ()):
        before = wordings[-1]
        wordings.append(
            replace(
                before,
                at=_on(day, revision["at"]),
                title=revision.get("title", before.title),
                paragraphs=tuple(revision.get("text", before.paragraphs)),
            )
        )
    return Article(
        id=fields["id"],
        outlet=fields["outlet"],
        wordings=tuple(wordings),
        event=fields.get("event", fields["id"]),
        copy_of=fields.get("copy_of"),
    )


def _on(day: datetime, clock: str) -> datetime:
    return datetime.combine(day.date(), time.fromisoformat(clock), day.tzinfo)


Told = Iterable[tuple[Article, Wording]]


def _rss(outlet: Outlet, told: Told) -> str:
    items = "".join(
        f"""
  <item>
    <title>{_text(wording.title)}</title>
    <link>{outlet.site}/{article.id}</link>
    <guid isPermaLink="false">{outlet.id}:{article.id}</guid>
    <pubDate>{format_datetime(article.published)}</pubDate>
    <description>{_text(_html(wording))}</description>
  </item>"""
        for article, wording in told
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel>
  <title>{_text(outlet.name)}</title>
  <link>{outlet.site}</link>
  <description>News from {_text(outlet.name)}</description>
  <language>en</language>{items}
</channel></rss>
"""


def _atom(outlet: Outlet, told: Told) -> str:
    shown = tuple(told)
    entries = "".join(
        f"""
  <entry>
    <title>{_text(wording.title)}</title>
    <link href="{outlet.site}/{article.id}"/>
    <id>tag:{outlet.id}.example,2020:{article.id}</id>
    <published>{article.published.isoformat()}</published>
    <updated>{wording.at.isoformat()}</updated>
    <content type="html">{_text(_html(wording))}</content>
  </entry>"""
        for article, wording in shown
    )
    updated = max(wording.at for _, wording in shown)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
  <title>{_text(outlet.name)}</title>
  <link href="{outlet.site}"/>
  <id>tag:{outlet.id}.example,2020:feed</id>
  <updated>{updated.isoformat()}</updated>{entries}
</feed>
"""


def _damaged(rss: str) -> str:
    bare = rss.replace(" &amp; ", " & ")
    return bare[: bare.rindex("</item>") + len("</it")]


def _html(wording: Wording) -> str:
    return "".join(f"<p>{_text(paragraph)}</p>" for paragraph in wording.paragraphs)


def _text(text: str) -> str:
    return escape(text, quote=False)
