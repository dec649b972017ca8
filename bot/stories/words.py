"""Text into words and sentences, in any language that writes spaces."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONG_WORD = 10
"""Characters, the space after it included; few words of few languages are longer."""
# Plain letters stand first, as most words are of them and their test is the quickest.
_WORD = re.compile(
    r"[a-z]{2,}[^\W\d_]*|\d+(?:[.,]\d+)*|(?:[^\W\d_]\.){2,}"
    # Vowel signs of India and of Thailand are no letters to Python.
    r"|(?:[^\W\d_]|[\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd"
    r"\u0a01-\u0a4d\u0a81-\u0acd\u0b01-\u0b57\u0b82-\u0bcd\u0c00-\u0c56\u0c81-\u0cd6\u0d00-\u0d57"
    r"\u0d81-\u0ddf\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])+"
)
_BEYOND_LATIN = re.compile("[\u0300-\u1dff\u2c00-\uffef]")
_UNWRITTEN = re.compile(
    "[\u0307\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f\u0670]"
)
"""Points that are left out as often as not: of Hebrew and Arabic vowels, of the Turkish i; the tatweel."""
_ALIKE = str.maketrans("أإآٱىيك", "ااااییک")
"""Letters that Arabic and Persian keyboards write in two ways."""
_END = re.compile(r"""(?:[.!?…؟۔]["'”’»)\]]*\s+|[。！？]["”’»」』)]*\s*|\n+)""")
_NO_END = re.compile(
    r"""(?: \b(?: Mr|Mrs|Ms|Dr|Prof|St|Gen|Maj|Col|Lt|Sgt|Capt|Cpl|Adm|Gov|Sen|Rep|Rev|Hon|Pres|Jr|Sr
      | Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec | No|Nos|Inc|Corp|Co|Ltd|vs|approx|al|etc|Mt|Ft
      | M|Mme | Ala|Ariz|Calif|Colo|Conn|Fla|Ill|Kan|Mass|Mich|Minn|Miss|Neb|Okla|Ore|Pa|Tenn|Tex|Va|Wash|Wis
      ) | \b[^\W\d_] | \b[^\W\d_]{1,2}\.[^\W\d_] )\Z""",
    re.VERBOSE,
)
_BEGINS = re.compile(r"""["'“‘«(\[¿¡]*[^\W_a-zà-öø-ÿα-ωа-я]""")
_BEGINS_ANEW = re.compile(
    r"(?:The|A|An|In|On|At|It|He|She|They|We|But|And|This|That|There|After)\b"
)


def words(text: str) -> list[str]:
    """The words and numbers of `text`, alike for upper and lower case, ``U.S.`` and ``US``."""
    return _without_points(_WORD.findall(_folded(text)))


def first_words(text: str, most: int) -> list[str]:
    """The first `most` of its `words`, without reading all of a long text."""
    folded = _folded(text)
    near = most * LONG_WORD
    found = _WORD.findall(folded, 0, near)
    if len(found) <= most and len(folded) > near:  # the last one may be cut
        found = _WORD.findall(folded)
    return _without_points(found[:most])


def _folded(text: str) -> str:
    """Alike for what is one word to a reader, however its letters are stored."""
    text = text.casefold()
    if not _BEYOND_LATIN.search(text):
        return text
    return _UNWRITTEN.sub("", unicodedata.normalize("NFKC", text)).translate(_ALIKE)


def _without_points(found: list[str]) -> list[str]:
    joined = " ".join(found)
    return joined.replace(".", "").split(" ") if "." in joined else found


@lru_cache(maxsize=4096)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of `text` in order; a line's end ends one too."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        if _is_end(text, end, start):
            found.append(text[start : end.end()].strip())
            start = end.end()
    found.append(text[start:].strip())
    return tuple(sentence for sentence in found if sentence)


def _is_end(text: str, end: re.Match[str], start: int) -> bool:
    if "\n" in end[0] or end[0][0] in "。！？":
        return True
    if not _BEGINS.match(text, end.end()):
        return False
    if end[0][0] == "." and _NO_END.search(text[max(start, end.start() - 12) : end.start()]):
        # “the U.S. Embassy” goes on; “left the U.S. The …” does not.
        initials = "." in text[end.start() - 3 : end.start()]
        return initials and _BEGINS_ANEW.match(text, end.end()) is not None
    return True
