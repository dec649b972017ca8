"""The numbers that a story rests on: the dead and hurt, the weapons, troops who leave or stay, dates.

Each number of a sentence is judged by the words before and after it. English only. A number that no
rule knows (years, ages, sums, distances, counts of other things) is no figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from bot.model.entry import Entry
from bot.model.story import Figure
from bot.stories.words import sentences

MOST_SENTENCES = 40
"""Of an entry that are read; news says its figures first."""
MOST_NUMBERS = 12
"""Of a sentence that are judged; more are a table, or no sentence at all."""
MOST_FIGURES = 40
"""Of an entry."""
REACH = 160
"""Characters before and after a number that say what it counts."""

# fmt: off
_ONES = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
# fmt: on
_OTHERS = {
    "a dozen": 12,
    "two dozen": 24,
    "a hundred": 100,
    "a thousand": 1000,
    "twin": 2,
    "a pair of": 2,
}
_NUMBERS = {
    **{word: n for n, word in enumerate(_ONES, 1)},
    **{word: 10 * n for n, word in enumerate(_TENS, 2)},
    **{f"{t}-{o}": 10 * n + m for n, t in enumerate(_TENS, 2) for m, o in enumerate(_ONES[:9], 1)},
    **_OTHERS,
    "a": 1,
    "an": 1,
}
_VAGUE = {"several", "dozens", "scores", "hundreds", "thousands"}
# Tens share their ones: with each of the 72 spelled out, half of the time went into this pattern.
_SPELLED = "|".join(
    [
        f"(?:{'|'.join(_TENS)})(?:-(?:{'|'.join(_ONES[:9])}))?",
        *sorted([*_ONES, *_OTHERS, *_VAGUE], key=len, reverse=True),
    ]
).replace(" ", "[ ]")
_PERSON = (
    "girl|boy|child|baby|woman|man|person|teenager|civilian|resident|bystander|soldier|guard|officer"
    "|policeman|policewoman|contractor|worker|driver|student|teacher|doctor|journalist|reporter"
    "|diplomat|ambassador|citizen|passenger|protester|demonstrator|militant|fighter|rebel|gunman"
)

_MONTH = (
    r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.|(?:January|February|March|April|May|June"
    r"|July|August|September|October|November|December)"
)

_MENTION = re.compile(
    rf"""(?<![\w$€£.,:/-]) (?<!\bno\ )
    (?: (?P<least> at\ least | more\ than | over | no\ fewer\ than ) \s
      | (?P<most> up\ to | as\ many\ as | fewer\ than | less\ than ) \s
      | (?:about|around|some|nearly|almost|approximately|roughly|an\ estimated) \s )?
    (?P<number> (?!(?:19|20)\d\d\b) \d{{1,6}} | \d{{1,3}}(?:,\d{{3}})+ | {_SPELLED}
      | an? (?=\s(?:[\w.'’-]+\s){{0,2}}?(?:{_PERSON})\b) )
    (?: \s of (?=\s) (?!\s(?:its|the|their|those|his)\b) )?
    (?! [\w%:] | [.,/]\d | -\w | \s (?-i:{_MONTH})
      | \s (?:million|billion|percent|per\ cent|years?|months?|weeks?|days?|hours?|minutes?|miles?|am|pm)\b )
    """,
    re.IGNORECASE | re.VERBOSE,
)

_WORD = rf"(?: (?!and\b|who\b|which\b|(?:{_SPELLED})\b)[^\W\d][\w.'’-]*)"
_SORT = r"(?: (?!(?:and|in|by|with|from|at|on|after|as|to|of)\b)[^\W\d][\w.'’-]*)"
_ASIDE = r"(?: of them|, (?:including|among them|most of them|mostly)\b[^.;]{1,60},| [-–—]+ [^.;]{1,50} [-–—]+)?"
_BE = r"(?: (?:were|was|are|is|be|been|being|have|has|had|also|now|left|reported|reportedly|feared|believed|shot))*"
_OBJECT = rf"(?! (?:\d|(?:at least|more than|up to|as many as|the|an?|{_SPELLED})\b))"
_DEAD = r"(?:dead|died|dies|die|perished|slain|(?:killed|beheaded|executed)" + _OBJECT + r")\b"
_HURT = r"(?:wounded|injured|hurt)\b" + _OBJECT
_WEAPON = (
    r"(?:rocket|missile|mortar round|mortar shell|mortar|shell|grenade|drone|car bomb|truck bomb"
    r"|suicide bomb|bomb|bombing|blast|explosion|projectile)s\b"
)
_FORCES = (
    r"(?:troops|soldiers|forces|servicem[ae]n|service members|personnel|marines|peacekeepers"
    r"|paratroopers|advis[eo]rs)\b"
)
_CUT = (
    r"\b(?:withdr[ae]w\w*|pull(?:s|ed|ing)?(?: out| back)?|pullout|pull-out|remov\w+|cut|cuts|cutting"
    r"|reduc\w+|draw(?:s|ing|n)?(?: |-)?down|slash\w*|bring(?:s|ing)?(?: home)?|send(?:s|ing)? home|downsiz\w+)\b"
)
_STAY = r"(?:keep|leave|retain|maintain)(?:s|ing)?|keeping|leaving|retaining|maintaining|left"
_LEAVING = r"(?:leave|withdraw|come home|return|pull out|go home|be (?:withdrawn|pulled out|brought home))\b"


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a number counts when these words stand right before and right after it."""

    kind: str
    before: re.Pattern[str]
    after: re.Pattern[str]


def _rule(kind: str, before: str = "", after: str = "") -> _Rule:
    return _Rule(
        kind,
        re.compile(rf"(?:{before})\s?\Z" if before else "", re.IGNORECASE),
        re.compile(after, re.IGNORECASE),
    )


_RULES = (
    _rule("weapons", after=rf"{_SORT}{{0,3}}? {_WEAPON}"),
    _rule("killed", after=rf"{_WORD}{{0,5}}?{_ASIDE}{_BE} {_DEAD}"),
    _rule("killed", after=rf"{_WORD}{{0,2}}? (?:deaths|fatalities|lives)\b"),
    _rule("killed", before=r"\bkill(?:s|ed|ing)?"),
    _rule("killed", before=r"\bkill(?:s|ed|ing)? [^;,]{1,60} and", after=r" other"),
    _rule("killed", before=r"\b(?:death toll|toll|dead)\b[^.;]{0,40}? (?:to|at|of|reached|passed)"),
    _rule("wounded", after=rf"{_WORD}{{0,4}}?{_ASIDE}{_BE} {_HURT}"),
    _rule("wounded", before=r"\b(?:wound|injur|hurt)(?:s|es|e|ed|ing)?"),
    _rule("missing", after=rf"{_WORD}{{0,3}}?{_BE}(?: still)? (?:missing|unaccounted for)\b"),
    _rule("troops_in", after=rf" (?:more|additional|extra){_WORD}{{0,3}}? {_FORCES}"),
    _rule(
        "troops_in",
        before=r"\b(?:send|deploy|dispatch)(?:s|ing|ed|ment of)?(?: an)?(?: additional| extra)?|\bsent",
        after=rf"(?!{_WORD}{{0,3}}? {_FORCES} home){_WORD}{{0,3}}? {_FORCES}",
    ),
    _rule(
        "troops_out",
        before=rf"{_CUT}(?: of)?(?: all)?(?: the| its| their| our)?(?: last| remaining| final)?",
        after=rf"{_WORD}{{0,3}}? {_FORCES}",
    ),
    _rule("troops_out", before=rf"(?:{_CUT}|\bpresence\b)[^;]{{0,80}} by"),
    _rule(
        "troops_out", after=rf"{_WORD}{{0,3}}? {_FORCES}[^.;,]{{0,40}} (?:to|will|would) {_LEAVING}"
    ),
    _rule("troops_left", before=rf"{_CUT}[^;]{{0,100}} to(?: just| only)?"),
    _rule("troops_left", before=rf"\b(?:{_STAY})(?: behind)?", after=rf"{_WORD}{{0,3}}? {_FORCES}"),
    _rule(
        "troops_left",
        before=rf"\b(?:{_STAY}) [^;,]{{1,40}} of",
        after=rf"{_WORD}{{0,3}}? {_FORCES}",
    ),
    _rule(
        "troops_left",
        after=rf"{_WORD}{{0,3}}? {_FORCES}[^.;,]{{0,40}} (?:to|will|would) (?:stay|remain)\b",
    ),
    _rule(
        "troops_now",
        before=r"\bfrom(?: the| its)?(?: current)?",
        after=rf"(?: to |{_WORD}{{0,3}}? {_FORCES})",
    ),
    _rule(
        "troops_now",
        before=r"\bof (?:the|its|their)(?: remaining)?",
        after=rf"{_WORD}{{0,3}}? {_FORCES}",
    ),
    _rule(
        "troops_now",
        after=rf"{_WORD}{{0,3}}? {_FORCES}(?: (?:who|that) are)?"
        r" (?:currently|now|still|permanently|stationed|deployed|based|serving)\b",
    ),
)
_WORTH_READING = re.compile(
    r"\b(?:kill|dead|die|death|toll|fatalit|lives|slain|perish|behead|execut|wound|injur|hurt|missing"
    r"|unaccounted|rocket|missile|mortar|shell|grenade|drone|bomb|blast|explosion|projectile"
    r"|troop|soldier|force|service|personnel|marine|peacekeep|paratroop|advis|deadline|ultimatum)"
)
"""Looked for in folded text: to ignore upper and lower case takes three times as long."""
_ARMIES = re.compile(rf"\b(?:{_FORCES}|military\b|troop\b|withdrawal\b)", re.IGNORECASE)

_SHARES = {"half": 50, "one-third": 33, "a third": 33, "two-thirds": 67, "a quarter": 25}
_SHARE = re.compile(
    rf"""(?: {_CUT.replace(" ", r"[ ]")} [^.;]{{0,80}} \b(?: by | roughly | about | nearly | almost | to )[ ]
      | \b(?=(?:{"|".join(_SHARES)})[ ](?:of[ ])?(?:its|the|their|all|American|U\.?S\.?)\b[^.;,]{{0,30}}
          (?:{_FORCES.replace(" ", r"[ ]")}|presence)) )
    (?P<share> {"|".join(_SHARES).replace(" ", "[ ]")} | \d{{1,2}}(?=[ ]?(?:%|percent|per[ ]cent)) )""",
    re.IGNORECASE | re.VERBOSE,
)

_DATE = (
    rf"(?P<date>(?:(?:the )?(?:end|middle|beginning) of |mid-|early |late )?(?:the |next |this )?"
    rf"(?:(?:\d{{1,2}} )?(?:{_MONTH})(?: \d{{1,2}}\b)?(?:,? (?:19|20)\d\d)?|(?:19|20)\d\d|year)\b)"
)
_BY = re.compile(rf"\b(?:by|before|until) {_DATE}(?! (?:[A-Z]|the\b))")
_DEADLINE = re.compile(
    rf"{_DATE} (?:withdrawal )?deadline|\bdeadline (?:of|on|for|is) {_DATE.replace('<date>', '<day>')}"
)
_WITHIN = re.compile(r"\bwithin (?:the next )?(?P<date>\d{1,3} (?:hours|days))\b")
_OR_ELSE = re.compile(r"\b(?:unless|deadline|ultimatum|threat)", re.IGNORECASE)
_PLACE = re.compile(
    rf"[^.;,]{{0,60}}? (?:in|from) (?:each of |both )?(?!{_MONTH}|[A-Z]\w+day\b)"
    r"(?P<place>[A-Z][\w'’-]+(?: (?:and )?[A-Z][\w'’-]+){0,2})"
)
_LABELS = {
    "troops_out": "troops to leave",
    "troops_left": "troops to stay",
    "troops_now": "troops there now",
    "troops_in": "troops to come",
    "percent_cut": "cut in percent",
}


# A story is read again whenever it grows; its older entries still state what they stated.
@lru_cache(maxsize=4096)
def figures(entry: Entry) -> tuple[Figure, ...]:
    """The figures that `entry` states, title first, each once."""
    if not _is_worth_reading(entry.text):
        return ()
    found: dict[Figure, Figure] = {}
    for sentence in sentences(entry.text)[:MOST_SENTENCES]:
        for figure in figures_in(sentence):
            found.setdefault(replace(figure, quote=""), figure)
    first = tuple(islice(found.values(), MOST_FIGURES))
    return tuple(figure for figure in first if not _said_in_full(figure, first))


@lru_cache(maxsize=4096)
def figures_in(sentence: str) -> tuple[Figure, ...]:
    """The figures that one sentence states."""
    return tuple(_found_in(sentence)) if _is_worth_reading(sentence) else ()


def _is_worth_reading(text: str) -> bool:
    return _WORTH_READING.search(text.casefold()) is not None


def _said_in_full(figure: Figure, others: Iterable[Figure]) -> bool:
    """“by Sept. 11” in the headline, “by Sept. 11, 2021” in the text."""
    return figure.kind == "deadline" and any(
        other.kind == "deadline" and other is not figure and str(figure.value) in str(other.value)
        for other in others
    )


def stated(figure: Figure) -> int | str | None:
    """The one value that a figure stands for: its own, else the end of its range that is known."""
    return next((v for v in (figure.value, figure.low, figure.high) if v is not None), None)


def label(figure: Figure) -> str:
    """What the figure counts, in words for people."""
    if figure.kind == "weapons":
        named = re.search(_WEAPON, figure.quote, re.IGNORECASE)
        return named[0].lower() if named else "weapons"
    return _LABELS.get(figure.kind, figure.kind)


def _found_in(sentence: str) -> Iterator[Figure]:
    armies = _ARMIES.search(sentence) is not None
    for mention in islice(_MENTION.finditer(sentence), MOST_NUMBERS):
        start, end = mention.span()
        for rule in _RULES:
            if rule.kind.startswith("troops_") and not armies:
                continue
            # What comes after is looked at first, since it is found wanting at once.
            if rule.after.match(sentence, end, end + REACH) and rule.before.search(
                sentence, max(0, start - REACH), start
            ):
                yield _figure(rule.kind, mention)
                break
    if armies:
        for share in _SHARE.finditer(sentence):
            value = _SHARES.get(share["share"].lower())
            yield Figure("percent_cut", value or int(share["share"]), sentence)
    yield from _deadlines(sentence, armies)


def _figure(kind: str, mention: re.Match[str]) -> Figure:
    sentence, said = mention.string, mention["number"].lower()
    place = _PLACE.match(sentence, mention.end()) if kind.startswith("troops_") else None
    figure = Figure(kind, None, sentence, place=place["place"] if place else None)
    if said in _VAGUE:
        return replace(figure, value=said)
    number = _NUMBERS.get(said) or int(said.replace(",", ""))
    if mention["least"]:
        return replace(figure, low=number)
    return replace(figure, high=number) if mention["most"] else replace(figure, value=number)


def _deadlines(sentence: str, armies: bool) -> Iterator[Figure]:
    if armies:
        for date in _BY.finditer(sentence):
            yield Figure("deadline", date["date"], sentence)
    if "deadline" in sentence:
        for date in _DEADLINE.finditer(sentence):
            yield Figure("deadline", date["date"] or date["day"], sentence)
    if "within" in sentence and _OR_ELSE.search(sentence) and (within := _WITHIN.search(sentence)):
        yield Figure("deadline", within["date"], sentence)
