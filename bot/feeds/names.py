"""An XML tree of a feed, and what feedparser calls its elements."""

from __future__ import annotations

from io import BytesIO
from xml.etree.ElementTree import Element, ParseError, iterparse

# fmt: off
PLAIN_SPACES = frozenset({
    "", "http://backend.userland.com/rss", "http://backend.userland.com/rss2",
    "http://blogs.law.harvard.edu/tech/rss", "http://my.netscape.com/rdf/simple/0.9/",
    "http://purl.org/atom/ns#", "http://purl.org/rss/1.0/",
    "http://purl.org/rss/1.0/modules/rss091#", "http://www.w3.org/2005/atom",
})
"""Namespaces whose elements go by their bare names. These tables are in small letters."""
PREFIXES = {
    "http://backend.userland.com/blogchannelmodule": "blogchannel",
    "http://freshmeat.net/rss/fm/": "fm",
    "http://hacks.benhammersley.com/rss/streaming/": "str",
    "http://madskills.com/public/xml/rss/module/pingback/": "pingback",
    "http://madskills.com/public/xml/rss/module/trackback/": "trackback",
    "http://media.tangent.org/rss/1.0/": "audio",
    "http://my.theinfo.org/changed/1.0/rss/": "cp",
    "http://postneo.com/icbm/": "icbm",
    "http://prismstandard.org/namespaces/1.2/basic/": "prism",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/aggregation/": "ag",
    "http://purl.org/rss/1.0/modules/annotate/": "annotate",
    "http://purl.org/rss/1.0/modules/company": "co",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/email/": "email",
    "http://purl.org/rss/1.0/modules/event/": "ev",
    "http://purl.org/rss/1.0/modules/image/": "image",
    "http://purl.org/rss/1.0/modules/link/": "l",
    "http://purl.org/rss/1.0/modules/reference/": "ref",
    "http://purl.org/rss/1.0/modules/richequiv/": "reqv",
    "http://purl.org/rss/1.0/modules/search/": "search",
    "http://purl.org/rss/1.0/modules/servicestatus/": "ss",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://purl.org/rss/1.0/modules/subscription/": "sub",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/rss/1.0/modules/taxonomy/": "taxo",
    "http://purl.org/rss/1.0/modules/textinput/": "ti",
    "http://purl.org/rss/1.0/modules/threading/": "thr",
    "http://purl.org/rss/1.0/modules/wiki/": "wiki",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://schemas.pocketsoap.com/rss/mydescmodule/": "szf",
    "http://schemas.xmlsoap.org/soap/envelope/": "soap",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://webns.net/mvcb/": "admin",
    "http://wellformedweb.org/commentapi/": "wfw",
    "http://www.georss.org/georss": "georss",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.opengis.net/gml": "gml",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/1999/xlink": "xlink",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://www.w3.org/xml/1998/namespace": "xml",
    "http://xmlns.com/foaf/0.1/": "foaf",
}
REFUSED_SPACES = frozenset({
    "http://backend.userland.com/creativecommonsrssmodule",
    "http://creativecommons.org/ns#license",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html",
    "http://example.com/dtds/podcast-1.0.dtd", "http://example.com/necho",
    "http://example.com/newformat#", "http://podlove.org/simple-chapters",
    "http://purl.org/echo/", "http://purl.org/pie/", "http://web.resource.org/cc/",
    "uri/of/echo/namespace#",
})
"""Namespaces that feedparser knows and this table leaves to it."""
_TAKEN = frozenset(PREFIXES.values()) | {
    "author", "category", "cc", "creativecommons", "date", "description", "issued", "modified",
    "psc", "published", "publisher", "source", "summary", "title", "updated", "validity",
}
"""Prefixes that stand for something in feedparser: another namespace would pass for it."""
REFUSED = frozenset({
    "abstract", "authors", "body", "contributors", "feedburner_browserfriendly", "fullitem", "info", "links", "newlocation", "tags",
    "where",
})
REFUSED_PREFIXES = frozenset({"admin", "georss", "gml", "xhtml"})
# fmt: on
_STRANGE = "_"
"""Stands for every prefix of the namespaces that feedparser does not know."""


class Unsure(Exception):
    """The body is for feedparser to read; the words say why."""


class Names(dict[str, str]):
    """An element's tag in the tree to feedparser's name for it, as ``dc_creator``."""

    def __missing__(self, tag: str) -> str:
        space, _, local = tag.lower().rpartition("}")
        space = space[1:]
        prefix = "" if space in PLAIN_SPACES else PREFIXES.get(space, _STRANGE)
        name = f"{prefix}_{local}" if prefix else local
        if (
            name in REFUSED
            or prefix in REFUSED_PREFIXES
            or local in ("svg", "math")
            or local.endswith(("parsed", "detail"))  # the ends of feedparser's own keys
        ):
            raise Unsure(f"element {name}")
        self[tag] = name
        return name


def tree(body: bytes) -> Element:
    """The root of `body`, which is UTF-8, where its namespaces are those that they seem to be."""
    if b"<!DOCTYPE" in body:
        raise Unsure("document type")
    spaces: dict[str, str] = {}
    reading = iterparse(BytesIO(body), events=("start-ns",))  # noqa: S314 - no entities without a document type
    try:
        for _, (prefix, space) in reading:
            prefix, space = prefix.lower(), space.lower()
            if spaces.setdefault(prefix, space) != space:
                raise Unsure("prefix of two namespaces")
            _check(prefix, space)
    except (ParseError, ValueError) as error:
        raise Unsure("not well-formed") from error
    root: Element = reading.root  # type: ignore[attr-defined]  # documented, and not in typeshed
    return root


def _check(prefix: str, space: str) -> None:
    known = "" if space in PLAIN_SPACES else PREFIXES.get(space)
    if prefix in _TAKEN and prefix != known:
        raise Unsure(f"prefix {prefix}")
    if known is None and (
        not prefix or space in REFUSED_SPACES or "backend.userland.com/rss" in space
    ):
        raise Unsure(f"namespace {space}")
