"""One way of splitting text into words, for queries, topics and articles alike."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property
from itertools import filterfalse, pairwise

# Word characters, and the vowel signs of the Indian scripts, which `\w` leaves out. A word in
# dotted capitals (U.S., U.N.) is one word; a possessive 's is none.
_LETTERS = r"\w\u0900-\u0963\u0966-\u0dff"
_WORD = re.compile(rf"((?:\b[^\W\d_]\.){{2,}}|[{_LETTERS}]+)(?:(?<=[{_LETTERS}])['’]s\b)*")

# A stop after one letter, a title or a month ends nothing.
_ABBREVIATED = "".join(
    rf"(?<!\b{short}\.)"
    for short in (
        *(r"[^\W\d]", "Mr", "Mrs", "Ms", "Dr", "St", "vs", "No", "Prof", "Rev"),
        *("Gen", "Lt", "Col", "Maj", "Capt", "Sgt", "Brig", "Adm", "Sen", "Rep", "Gov"),
        *("Jan", "Feb", "Mar", "Apr", "Jun", "Jul", "Aug", "Sep", "Sept", "Oct", "Nov", "Dec"),
    )
)
_SENTENCE_END = re.compile(
    rf"[.!?؟۔।…\n](?:(?<=\n)\s*|{_ABBREVIATED}[\"'”’»)\]]*\s+)",
)

_UNIFIED = {
    "_": " ",
    "\u00ad": "",  # a soft hyphen
    "\u0640": "",  # the Arabic stretching dash
    "\u200c": " ",  # the Persian half space
    "ي": "ی",  # Arabic and Persian keyboards differ in two letters
    "ى": "ی",
    "ك": "ک",
}


def fold(text: str) -> str:
    """Small letters without accents."""
    if text.isascii():
        return text.lower().replace("_", " ")
    apart = unicodedata.normalize("NFKD", text)
    plain = "".join(filterfalse(unicodedata.combining, apart))
    for letter, unified in _UNIFIED.items():
        plain = plain.replace(letter, unified)
    return plain.casefold()


def words(text: str) -> tuple[str, ...]:
    """The words of a text, folded, in order."""
    return tuple(
        [word.replace(".", "") if "." in word else word for word in _WORD.findall(fold(text))]
    )


def sentences(text: str) -> list[str]:
    """The text cut at the ends of sentences and lines."""
    return [part for part in _SENTENCE_END.split(text) if part]


class Passage:
    """A text, split once: no phrase reaches over the end of a sentence or a line."""

    def __init__(self, text: str) -> None:
        self.sentences = sentences(text)
        self.split = [words(sentence) for sentence in self.sentences]

    @cached_property
    def terms(self) -> frozenset[str]:
        """Every word, and every two words that stand side by side, with a space between."""
        terms: set[str] = set()
        for sentence in self.split:
            terms.update(sentence)
            terms.update(pairs(sentence))
        return frozenset(terms)

    @cached_property
    def _line(self) -> str:
        return "".join(f" {' '.join(sentence)} \n" for sentence in self.split)

    def has(self, phrase: tuple[str, ...]) -> bool:
        """Whether these words stand one after the other in one sentence."""
        if len(phrase) <= 2:
            return " ".join(phrase) in self.terms
        return self.terms.issuperset(pairs(phrase)) and f" {' '.join(phrase)} " in self._line


def pairs(sentence: tuple[str, ...]) -> list[str]:
    """Each word with the next."""
    return [f"{word} {following}" for word, following in pairwise(sentence)]
