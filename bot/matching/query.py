"""The query language: text to tree, and tree to text again.

Words, ``"phrases"``, ``-excluded``, ``OR``, parentheses and ``topic:NAME``; words side by side must
all be there. Side by side binds tighter than ``OR``. The only door to lark.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import assert_never

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from bot.matching.words import fold, words
from bot.model.errors import Mistake

MOST_CHARACTERS = 200
MOST_TERMS = 30


@dataclass(frozen=True, slots=True)
class Word:
    """One whole word, folded."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand one after the other."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        return f'"{" ".join(self.words)}"'


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic, by name."""

    name: str

    def __str__(self) -> str:
        return f"topic:{self.name}"


@dataclass(frozen=True, slots=True)
class All:
    """Every part, and nothing that is excluded."""

    parts: tuple[Query, ...]
    excluded: tuple[Word | Phrase, ...] = ()

    def __str__(self) -> str:
        parts = [f"({part})" if isinstance(part, Either) else str(part) for part in self.parts]
        return " ".join([*parts, *(f"-{term}" for term in self.excluded)])


@dataclass(frozen=True, slots=True)
class Either:
    """One of the parts, or more."""

    parts: tuple[Query, ...]

    def __str__(self) -> str:
        return " OR ".join(f"({p})" if isinstance(p, All) else str(p) for p in self.parts)


Query = Word | Phrase | Subject | All | Either


def parse_query(text: str, topics: Collection[str]) -> Query:
    """The tree of a query; equal queries are equal trees, and ``str`` of one is its canonical text.

    :raises Mistake: with the place and the remedy, for people.
    """
    if not text.strip():
        raise Mistake("The query is empty.", 'Write a word, a "phrase" or a topic\'s name.')
    if len(text) > MOST_CHARACTERS:
        raise _too_long(len(text))
    if (name := fold(text.strip())) in topics:
        return Subject(name)
    try:
        tree: Query = _Reader(topics).transform(_grammar().parse(text))
    except UnexpectedInput as error:
        raise _explained(text, error) from None
    except VisitError as error:
        if isinstance(error.orig_exc, Mistake):
            raise error.orig_exc from None
        raise
    if isinstance(tree, Word) and tree.text in topics:
        return Subject(tree.text)
    if (count := sum(1 for _ in terms(tree))) > MOST_TERMS:
        raise Mistake(
            f"The query has {count} terms; {MOST_TERMS} are the most.", "Make two watches of it."
        )
    if (length := len(str(tree))) > MOST_CHARACTERS:
        raise _too_long(length)
    return tree


def terms(query: Query) -> Iterator[Word | Phrase | Subject]:
    """The leaves, excluded ones too."""
    match query:
        case Word() | Phrase() | Subject():
            yield query
        case All(parts, excluded):
            for part in parts:
                yield from terms(part)
            yield from excluded
        case Either(parts):
            for part in parts:
                yield from terms(part)
        case _:
            assert_never(query)


# Phones turn quotes and dashes into their typographic forms, so these mean the same.
_QUOTES = '"“”„‟«»'
_GRAMMAR = rf"""
    ?start: either
    either: group ("OR" group)*
    group: item ("AND"? item)*
    ?item: part | excluded
    ?part: word | phrase | subject | "(" either ")"
    excluded: MINUS (word | phrase)
    word: WORD
    phrase: PHRASE
    subject: SUBJECT

    MINUS: /[-−–—](?=[^\s])/
    SUBJECT.2: /topic:[^\s{_QUOTES}()]*/i
    PHRASE: /[{_QUOTES}][^{_QUOTES}]*[{_QUOTES}]/
    WORD: /[^-−–—\s{_QUOTES}()][^\s{_QUOTES}()]*|[-−–—](?!\S)/

    %ignore /\s+/
"""


@cache
def _grammar() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="basic", maybe_placeholders=False)


@dataclass(frozen=True, slots=True)
class _Excluded:
    term: Word | Phrase
    at: int


@v_args(inline=True)
class _Reader(Transformer[Token, Query]):
    """The parser's tree as ours, flat and in order."""

    def __init__(self, topics: Collection[str]) -> None:
        super().__init__()
        self._topics = topics

    def word(self, token: Token) -> Word | Phrase:
        found = words(token)
        if not found:
            raise Mistake(
                f"“{token}” has no letters or digits.", "Leave it out.", _at(token.start_pos)
            )
        return Word(found[0]) if len(found) == 1 else Phrase(found)

    def phrase(self, token: Token) -> Phrase:
        found = words(token)
        if not found:
            raise Mistake(
                "There are no words between the quotes.", "Leave them out.", _at(token.start_pos)
            )
        return Phrase(found)

    def subject(self, token: Token) -> Subject:
        name = fold(token.partition(":")[2])
        if name not in self._topics:
            known = ", ".join(sorted(self._topics)) or "none"
            raise Mistake(
                f"There is no topic “{name}”." if name else "topic: needs a name.",
                f"Known topics: {known}.",
                _at(token.start_pos),
            )
        return Subject(name)

    def excluded(self, minus: Token, term: Word | Phrase) -> _Excluded:
        return _Excluded(term, minus.start_pos or 0)

    def group(self, *items: Query | _Excluded) -> Query:
        parts: set[Query] = set()
        without: set[Word | Phrase] = set()
        for item in items:
            match item:
                case _Excluded(term, at):
                    without.add(term)
                case All(inner, excluded):
                    parts.update(inner)
                    without.update(excluded)
                case _:
                    parts.add(item)
        if not parts:
            raise Mistake(
                "There are only exclusions here.",
                "Add at least one word that must be there.",
                _at(at),
            )
        if len(parts) == 1 and not without:
            return parts.pop()
        return All(tuple(sorted(parts, key=str)), tuple(sorted(without, key=str)))

    def either(self, *groups: Query) -> Query:
        parts: set[Query] = set()
        for group in groups:
            parts.update(group.parts if isinstance(group, Either) else (group,))
        return parts.pop() if len(parts) == 1 else Either(tuple(sorted(parts, key=str)))


def _at(index: int | None) -> str:
    return f"query, character {(index or 0) + 1}"


def _too_long(length: int) -> Mistake:
    return Mistake(
        f"The query is {length} characters long; {MOST_CHARACTERS} are the most.",
        "Make two watches of it.",
    )


def _explained(text: str, error: UnexpectedInput) -> Mistake:
    """Lark's complaint in words for people."""
    if isinstance(error, UnexpectedCharacters):
        # Everything but a lone quote is a token, and of the quotes the last is the lone one.
        opened = max(text.rfind(quote) for quote in _QUOTES)
        return Mistake("A quote opens here and never closes.", 'Add a ".', _at(opened))
    if (lonely := _lonely_parenthesis(text)) is not None:
        if text[lonely] == "(":
            return Mistake("A parenthesis opens here and never closes.", "Add a ).", _at(lonely))
        return Mistake("A parenthesis closes here that never opened.", "Leave it out.", _at(lonely))
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        return Mistake(
            f"A word is missing before “{error.token}”.",
            'Only a word or a "phrase" can be excluded, and OR stands between two words.',
            _at(error.token.start_pos),
        )
    return Mistake("The query stops short.", "Add a word at its end.", _at(len(text) - 1))


def _lonely_parenthesis(text: str) -> int | None:
    """Where the first parenthesis stands that has no partner."""
    opened: list[int] = []
    for piece in re.finditer(rf"[{_QUOTES}][^{_QUOTES}]*[{_QUOTES}]|[()]", text):
        if piece[0] == "(":
            opened.append(piece.start())
        elif piece[0] == ")":
            if not opened:
                return piece.start()
            opened.pop()
    return opened[0] if opened else None
