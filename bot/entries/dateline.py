"""Whose text it is: the agency that a title, a byline, a dateline or a closing line credits.

A credit says where the text comes from: “KABUL (Reuters) -”, “mit Material von dpa”. An agency that
the text speaks of, as in “told Reuters”, or whose picture it shows, “(AP Photo/…)”, is not credited.
Where several are, as in “AFP, Reuters”, it is the first. To call such a text the outlet's own would
count twelve outlets that drew on the same two agencies as twelve newsrooms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.entries.agencies import AMBIGUOUS, NAMES, newsroom


def _any_of(names: Iterable[str]) -> str:
    """Each name as it is, in capitals and in small letters; the longest first."""
    written = {form for name in names for form in (name, name.upper(), name.lower())}
    listed = "|".join(map(re.escape, sorted(written, key=lambda name: (-len(name), name))))
    return rf"(?<![\w@#])(?-i:{listed})(?!\w)"


_NAME = _any_of(NAMES)
_CLEAR = _any_of(name for name in NAMES if name not in AMBIGUOUS)
_MORE = rf"(?:\s*(?:[/,،;&+|]|\b(?:and|und|et|y|e|و)\b)\s*{_NAME})*"
_NAMES = rf"(?P<agency>{_NAME}){_MORE}"
_CLEAR_NAMES = rf"(?P<agency>{_CLEAR}){_MORE}"
_DASH = r"(?:\s*(?:[.:]\s*)?(?:[-–—]+|:)\s*)"
_CAPITAL = r"(?-i:[A-ZÀ-Þ])"
_PERSON = rf"{_CAPITAL}[\w.'’-]*(?:[ ](?:(?:de|van|von|al|bin|el)[ ])?{_CAPITAL}[\w.'’-]*){{1,3}}"

# Rockets hit zone (AP)  |  Rockets hit zone – Reuters  |  AP: Rockets hit zone
_TITLE_BRACKET = re.compile(rf"\s*[(\[]\s*{_CLEAR_NAMES}\s*[)\]]\s*\Z")
_TITLE_SAYS = re.compile(
    rf"\A(?P<first>{_CLEAR})\s*:\s | (?:\s[-–—]|:)\s(?P<last>{_CLEAR})\s*\Z", re.VERBOSE
)
_VERSION = re.compile(r"\A(?:RPT-)?(?:UPDATE|WRAPUP)\s\d{1,2}-\s*(?=\S)")
"""How Reuters numbers the versions of a report: ``UPDATE 2-Rockets hit zone``."""

# AP - …  |  Reuters/AFP: …
_LEADING = re.compile(rf"{_CLEAR_NAMES}(?:\s+[-–—]+|\s?[—:])\s+(?=\S)")
# BAGHDAD (Reuters) -  |  KABUL, Nov 17 (Xinhua) --  |  (AFP)  |  MOSCOW, November 17. /TASS/.
_DATELINE = re.compile(
    rf"""(?P<place> [^\W\d_][^\n()|:;!?]{{0,79}}? (?:\s*[-–—,])?\s* )?
    [(/] \s* {_NAMES} (?: \s+ (?i:news|agency|via)\b [^)/\n]{{0,30}} )? \s* [)/]
    (?: (?P<dash>{_DASH} | \. \s*) | (?=\s) )""",
    re.VERBOSE,
)
# By Ann Example, Associated Press Writer  |  By ANN EXAMPLE Associated Press  |  Von dpa
_AGENCY_BYLINE = re.compile(
    rf"""(?:by|par|von|por|di)[ ] (?:the[ ])?
    (?: {_PERSON}? (?:(?:,|[ ]and|[ ]et|[ ]und|[ ]y)[ ]{_PERSON}?){{0,3}} (?:\s?[,|/–—-])?[ ] )?
    (?P<agency>{_CLEAR}) (?:[ ](?:staff[ ])?(?:writers?|correspondents?|reporters?))?
    (?: [ ]*(?:\n|[-–—|:]+[ ]|\Z) | [ ](?={_CAPITAL}) )\s*""",
    re.VERBOSE | re.IGNORECASE,
)
# By Our Staff Correspondent  |  By Ann Example and Bo Sample, Tigris Times  |  Par Anne Exemple
_BYLINE = re.compile(
    rf"""(?:by|par|von|por)[ ] (?:
        (?:our|a|an|the)[ ](?:\w+[ ]){{0,3}}(?:correspondents?|reporters?|writers?|staff|desk|bureau)
      | {_PERSON}
        (?:(?:,|[ ]and|[ ]et|[ ]und|[ ]y|[ ]avec|[ ]with)[ ]{_CAPITAL}[\w .'’-]{{1,60}}){{0,3}}
    )[ ]*(?:\n|[-–—|:]+[ ]|\Z)[\s]*""",
    re.VERBOSE | re.IGNORECASE,
)

_SOURCE = r"(?:sources?|quellen?|fuentes?|fontes?|fonti|kaynak|bron|источник|المصدر|منبع)\s*:"
_RIGHTS = r"(?:©|\(c\)|copyright)\s*©?(?:\s*\d{4})?(?:\s+by)?"
_WITH = r"""(?P<with>
      (?P<more> (?:with\s+)? (?:additional|further) \s+ (?:reporting|material) \s+ (?:by|from) )
    | (?:with\s+)? reporting \s+ (?:by|from)
    | (?:with|avec|mit|con|com|met) (?: \s+ (?:files|inputs?|information|material|agency|informes|datos
        |información|informações|informazioni|informationen|des\s+informations|medewerking)
        (?: \s+ (?:from|of|by|von|der|de|da|di|van) )? )? )"""
# … said. (AFP)  |  — With reporting by AP  |  Source: AFP  |  (mit Material von dpa)  |  © 2020 AFP
_CLOSING = re.compile(
    rf"""(?: ^ | (?<=[.!?؟。…"”'’»)\]]) | \n )
    [\s\-–—]* (?P<bracket>[(\[]\s*)?
    (?: (?:{_SOURCE}|{_RIGHTS}|{_WITH}) \s* | (?<=[-–—]) | (?<=[-–—]\ ) | (?<=[\n(\[]) )
    (?:(?:the|der|la)\ |l['’])? {_NAMES} (?(bracket)\s*[)\]]) \s* \.?
    (?: \s* all\ rights\ reserved\b [^\n]{{0,80}} )? \s* \Z""",
    re.VERBOSE | re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"""[(\[]? (?:additional[ ])?(?:reporting|writing|compiled)[ ]by[ ][^\n]{3,250}?
    ;[ ]?editing[ ]by[ ][^\n;]{3,80} \s* \Z""",
    re.VERBOSE | re.IGNORECASE,
)
"""How Reuters ends its own: ``(Reporting by Ann Example in Baghdad; Editing by Bo Sample)``."""
_LONGEST_CLOSING = 200
"""Characters at the end of a text in which it is looked for."""
_LONGEST_SIGNATURE = 400
_LONGEST_DATELINE = 100
"""Characters before its bracket, and more."""
_LONGEST_PLACE = 9
"""Words before a dateline's bracket; more are a sentence that mentions an agency."""
_LONGEST_NAME = 3
"""Words of a place with no dash behind it."""


def credit(text: str) -> tuple[str | None, str]:
    """The agency whose text `text` is by its own word, or None, and `text` without credits.

    Without its byline, too: who wrote it is no news. Where a byline names a writer of the outlet's
    own, an agency that the text was written “with” does not make it the agency's.
    """
    credited: list[str] = []
    """The name that counts most stands last."""
    has_writer = False
    if (end := _SIGNATURE.search(text, max(0, len(text) - _LONGEST_SIGNATURE))) is not None:
        credited.append("Reuters")
        text = text[: end.start()].rstrip(" \n-–—")
    if (byline := _AGENCY_BYLINE.match(text)) is not None:
        credited.append(byline["agency"])
        text = text[byline.end() :]
    elif (byline := _BYLINE.match(text)) is not None:
        has_writer = True
        text = text[byline.end() :]
    if (end := _CLOSING.search(text, max(0, len(text) - _LONGEST_CLOSING))) is not None:
        if not (end["more"] or (end["with"] and has_writer)):
            credited.insert(0, end["agency"])
        text = text[: end.start()].rstrip(" \n-–—")
    if (leading := _LEADING.match(text)) is not None:
        credited.append(leading["agency"])
        text = text[leading.end() :]
    has_bracket = any(mark in text[:_LONGEST_DATELINE] for mark in "(/")
    if has_bracket and (start := _DATELINE.match(text)) and _is_dateline(start, text):
        credited.append(start["agency"])
        text = text[start.end() :].lstrip()
    return (newsroom(credited[-1]) if credited else None), text


def credit_in_title(title: str) -> tuple[str | None, str]:
    """The agency that a headline names as its source, or None, and the headline.

    A bracket and a version number are taken off; “AP: …” and “… – Reuters” are for readers to see.
    """
    if (bracket := _TITLE_BRACKET.search(title)) is not None and bracket.start() > 0:
        return newsroom(bracket["agency"]), title[: bracket.start()]
    if (version := _VERSION.match(title)) is not None:
        return "Reuters", title[version.end() :]
    if (says := _TITLE_SAYS.search(title)) is not None:
        return newsroom(says["first"] or says["last"]), title
    return None, title


def _is_dateline(start: re.Match[str], text: str) -> bool:
    """It names a place in a few words, the first with a capital, and a dash follows; or nothing.

    A day stands for the dash: some agencies write “MUMBAI, Nov 17 (PTI) Four rockets …”. So does a
    place of nothing but capitalised words before a sentence, as in “Kabul (CNN) Four rockets …”.
    """
    place = start["place"]
    if not place:
        return True
    words = place.split()
    if start["dash"] is None and not any(map(str.isdecimal, place)):
        is_name = len(words) <= _LONGEST_NAME and all(word[0].isupper() for word in words)
        opens = text[start.end() :].lstrip()[:1].isupper()
        return is_name and opens and newsroom(place.strip()) != newsroom(start["agency"])
    return not place[0].islower() and len(words) <= _LONGEST_PLACE
