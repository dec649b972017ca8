"""One address for one page, however it was reached."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

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


def canonical(url: str) -> str:
    """`url` without what only says where a reader came from; canonical of itself.

    What is no web address comes back as it is.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return url.strip()
    if not host or parts.scheme not in _PORTS:
        return url.strip()
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _PORTS[parts.scheme]:
        host = f"{host}:{port}"
    query = "&".join(each for each in parts.query.split("&") if not _is_tracking(each)).strip()
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    return urlunsplit((parts.scheme, host, parts.path or "/", query, fragment)).rstrip()


def page(url: str) -> str:
    """What a page is known again by: its canonical address without scheme and ``www.``."""
    return canonical(url).rpartition("://")[2].removeprefix("www.")


def _is_tracking(parameter: str) -> bool:
    name = parameter.partition("=")[0]
    return bool(_TRACKING.fullmatch(name) or _SAYS_WHENCE.fullmatch(parameter))
