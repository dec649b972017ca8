"""One address for one page, however it was reached."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"""(?: utm_.* | at_(?:medium|campaign|custom\d|link.*|ptr_.*|bbc_team|format|content|creation)
      | ns_(?:mchannel|source|campaign|linkname|fee) | mc_[ce]id | [fg]bclid | gclid | dclid | msclkid
      | yclid | twclid | igshid | igsh | ocid | icid | cmp | cmpid | smid | emc | xtor | maca | ftag
      | __twitter_impression | _ga | guccounter | guce_.* | spm | wt[._]mc.* | sr_share
      | traffic_source | feedtype | wtrid | taid )""",
    re.IGNORECASE | re.VERBOSE,
)
_SAYS_WHENCE = re.compile(
    r"(?:src|source|ref|from|partner|feed|via|output)=[^=]*\brss\b.*", re.IGNORECASE
)
_PORTS = {"http": 80, "https": 443}
LINK_LIMIT = 2_000
"""Characters; the platforms take no longer address."""

_WRAPPED = {
    "www.google.com/url": ("url", "q"),
    "www.bing.com/news/apiclick.aspx": ("url",),
    "l.facebook.com/l.php": ("u",),
}
"""Pages that lead on to the address in one of these parameters: Google Alerts, Bing News, Facebook."""
# Google News: the article's address is sealed in a token that is another one tomorrow.
_SEALED = re.compile(r"https?://[^/]+/(?:rss/|__i/rss/rd/)?(?:articles|read)/C[AB][\w-]{6,}")


def canonical(url: str) -> str:
    """`url` without what only says where a reader came from; canonical of itself.

    What is no web address comes back as it is, but for what cannot be seen.
    """
    if not url.isprintable():
        url = "".join(filter(str.isprintable, url))
    url = url.strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return url
    if not host or parts.scheme not in _PORTS:
        return url
    if parts.query and len(url) <= LINK_LIMIT and (wrapped := _wrapped(host, parts)):
        return canonical(wrapped)
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _PORTS[parts.scheme]:
        host = f"{host}:{port}"
    query = parts.query and _without_tracking(parts.query)
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    return urlunsplit((parts.scheme, host, parts.path or "/", query, fragment)).rstrip()


def is_web(link: str) -> bool:
    return link.startswith(("http://", "https://"))


def shown(link: str | None) -> str | None:
    """The canonical `link` if readers can be sent there: it is of the web, and not too long."""
    return link if link and is_web(link) and len(link) <= LINK_LIMIT else None


def is_sealed(link: str) -> bool:
    """Whether an aggregator hides the article's address in it: it tells nothing apart."""
    return _SEALED.match(link) is not None


def page(link: str) -> str:
    """What the page of a canonical `link` is known again by: without scheme and ``www.``."""
    return link.rpartition("://")[2].removeprefix("www.")


def _wrapped(host: str, parts: SplitResult) -> str | None:
    names = _WRAPPED.get(f"{host}{parts.path}", ())
    inside = dict(parse_qsl(parts.query)) if names else {}
    found = (inside[name] for name in names if is_web(inside.get(name, "")))
    return next(found, None)


def _without_tracking(query: str) -> str:
    return "&".join(each for each in query.split("&") if not _is_tracking(each)).strip()


def _is_tracking(parameter: str) -> bool:
    name = parameter.partition("=")[0]
    return bool(_TRACKING.fullmatch(name) or _SAYS_WHENCE.fullmatch(parameter))
