"""Text into words and sentences, in any language that writes spaces."""

from __future__ import annotations

import re
from functools import lru_cache

LONG_WORD = 10
"""Characters, the space after it included; few words of few languages are longer."""
_WORD = re.compile(r"\d+(?:[.,]\d+)*|(?:[^\W\d_]\.){2,}|[^\W\d_]+")
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
    return _without_points(_WORD.findall(text.casefold()))


def first_words(text: str, most: int) -> list[str]:
    """The first `most` of its `words`, without reading all of a long text."""
    folded = text.casefold()
    near = most * LONG_WORD
    found = _WORD.findall(folded, 0, near)
    if len(found) <= most and len(folded) > near:  # the last one may be cut
        found = _WORD.findall(folded)
    return _without_points(found[:most])


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
