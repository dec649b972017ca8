"""What people give as the address of a feed: whether it can be asked, whether it holds a secret."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qsl, urlsplit

from bot.model.errors import Mistake

LONGEST = 2_000
"""Characters of an address."""
SET_A_KEY = (
    "Set WIREWATCH_SECRET_KEY_FILE to a file with a key in it (openssl rand -hex 32 > FILE)."
)

_NO_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f\ud800-\udfff]")
_KEY_NAME = re.compile(
    r"(?:.*[^a-z])?(?:auth|pass|pwd|sig|sid|code)|.*(?:token|key|secret|passw(?:or)?d|signature)"
)
_LONE_KEY = re.compile(r"[\w.~+/-]{16,}={0,2}")


def host_of(url: str) -> str:
    """The host to ask. Raises `Mistake`, which never repeats the address: it may hold a secret."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or len(url) > LONGEST or _NO_ADDRESS.search(url):
        raise Mistake("This url is not an address.", "Write it as https://example.org/feed.xml.")
    if parts.scheme not in ("http", "https"):
        raise Mistake(
            f"This url begins with {parts.scheme}://, which is not fetched.",
            "Use an address that begins with https:// or http://.",
        )
    return host


def holds_secret(url: str) -> bool:
    """Whether it has a user or password in it, or a parameter that is a key by its name.

    A query that is one long word is a key too. A key in the path cannot be told from a name.
    """
    parts = urlsplit(url)
    if "@" in parts.netloc or _LONE_KEY.fullmatch(parts.query):
        return True
    _, *matrix = parts.path.split(";")
    names = [name for name, _ in parse_qsl(parts.query.replace(";", "&"), keep_blank_values=True)]
    names += [parameter.partition("=")[0] for parameter in matrix]
    return any(_KEY_NAME.fullmatch(name.lower().rstrip("[]")) for name in names)


def feed_id(url: str, key: bytes | None = None) -> str:
    """The same for the same address, on every machine, or on those of one `key`.

    The id of an address with a secret is shown to people who may try guesses against it, so it is
    made under a key. Raises `Mistake` where there is none.
    """
    if not holds_secret(url):
        key = b""
    elif key is None:
        raise Mistake(
            "This address holds a password or a key, and there is nothing to keep it safe with.",
            SET_A_KEY,
        )
    return hashlib.blake2b(url.encode(), digest_size=6, key=key).hexdigest()
