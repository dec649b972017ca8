"""Whether a body is UTF-8 by everything that is said of it."""

from __future__ import annotations

import re
from codecs import BOM_UTF8

_ASCII = ("us-ascii", "ascii")
_UTF8 = ("utf-8", "utf8")
_DECLARATION = re.compile(
    rb"""<\?xml\s+version=["']1\.0["'](?:\s+encoding=["']([\w-]{1,20})["'])?"""
    rb"""(?:\s+standalone=["']\w+["'])?\s*\?>"""
)


def plainly_utf8(body: bytes, content_type: str | None) -> bool:
    """True where no reader of XML could take `body` for anything but UTF-8.

    Where the media type, the declaration and the bytes do not agree, the whole body decides which
    of them feedparser believes.
    """
    media_type, _, parameters = (content_type or "application/xml").lower().partition(";")
    charset = parameters.partition("charset=")[2].partition(";")[0].strip(" \t\"'")
    if not charset and "charset" in parameters:
        return False
    body = body.removeprefix(BOM_UTF8)
    start = _DECLARATION.match(body)
    if start is None and body.startswith(b"<?"):
        return False
    declared = (start[1] or b"").decode().lower() if start else ""
    if not {charset, declared} <= {"", *_ASCII, *_UTF8}:
        return False
    if b"encoding=" in body[start.end() if start else 0 : body.find(b"\n") + 1 or None]:
        return False  # on the first line feedparser takes it for the declaration's
    if body.isascii():
        return True
    if declared in _ASCII:
        return False
    if not (charset in _UTF8 or declared in _UTF8 or (not charset and "text/" not in media_type)):
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
