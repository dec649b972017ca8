"""The bytes of a feed as clean UTF-8, so that no reader of feeds decodes anything itself.

What a feed says of its encoding is tried in the order of RFC 7303: byte order mark, media type, XML
declaration. Only codecs that turn bytes into text, and do no more, are ever used.
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = (
    (re.compile(rb"(?:[\t\n\r ]\0\0\0)*<\0\0\0"), "utf-32-le"),
    (re.compile(rb"(?:\0\0\0[\t\n\r ])*\0\0\0<"), "utf-32-be"),
    (re.compile(rb"(?:[\t\n\r ]\0)*<\0[^\0]"), "utf-16-le"),
    (re.compile(rb"(?:\0[\t\n\r ])*\0<\0"), "utf-16-be"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),  # "<?xm" in EBCDIC
)
_ALLOWED = re.compile(
    r"""utf-?8 | (?:us-?)?ascii | latin-?[1-9] | l[1-9] | iso-?8859-?\d{1,2} | windows-?\d{3,4}
    | (?:cp|ibm|x-cp)-?\d{3,4} | koi8-?[rtu] | mac-?(?:roman|cyrillic|greek|turkish|latin2)
    | (?:x-)?s(?:hift)?-?jis | euc-?(?:jp|kr) | iso-?2022-?jp(?:-[123])? | ks-?c-?5601(?:-1987)?
    | gb-?(?:2312|k|18030) | big5(?:-?hkscs)? | tis-?620""",
    re.VERBOSE,
)
_NAMES = {"gb2312": "gb18030", "gb-2312": "gb18030", "x-sjis": "shift_jis", "ascii": "utf-8"}
"""What the label means in practice, where that is more than the codec of this name reads."""
_DECLARATION = re.compile(rb"\s*<\?xml\s[^>]{0,300}?>")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_FORBIDDEN = bytes(code for code in range(32) if code not in b"\t\n\r")
"""Control characters, which XML cannot hold."""


def in_utf8(body: bytes, content_type: str | None) -> bytes:
    """`body` in UTF-8, without byte order mark, XML declaration and control characters.

    What cannot be decoded becomes U+FFFD. It is `body` itself where nothing is to be done but that.
    """
    body = _transcoded(body, content_type)
    if declaration := _DECLARATION.match(body):
        body = body[declaration.end() :]
    return body.translate(None, _FORBIDDEN)


def _transcoded(body: bytes, content_type: str | None) -> bytes:
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return _through(body[len(mark) :], codec)
    for start, codec in _UNMARKED:
        if start.match(body):
            return _through(body, codec)
    for codec in _said(body, content_type):
        if codec == "utf-8":
            if body.isascii():
                return body
            break
        try:
            return body.decode(codec).encode()
        except UnicodeDecodeError:
            continue
    try:
        body.decode()
    except UnicodeDecodeError:
        return _mended(body)
    return body


def _through(body: bytes, codec: str) -> bytes:
    return body.decode(codec, "replace").encode("utf-8", "replace")


def _said(body: bytes, content_type: str | None) -> list[str]:
    """The codecs that the media type and the document name, as far as we would use them."""
    labels = []
    if content_type and (charset := _CHARSET.search(content_type)):
        labels.append(charset[1])
    if declaration := _DECLARATION.match(body):
        labels += [label.decode() for label in _ENCODING.findall(declaration[0])]
    return [codec for label in labels if (codec := _codec(label))]


def _codec(label: str) -> str | None:
    name = label.lower().replace("_", "-")
    if not _ALLOWED.fullmatch(name):
        return None
    try:
        codec = codecs.lookup(_NAMES.get(name, name)).name
    except LookupError:
        return None
    return "utf-8" if codec == "ascii" else codec


def _mended(body: bytes) -> bytes:
    """UTF-8 where most of what is beyond ASCII is that, else the encoding of old Windows programs."""
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = len(text) - len(text.encode("ascii", "ignore")) - bad
    if good > bad:
        return text.encode()
    return _through(body, "windows-1252")
