"""Whose text it is: the agency that a dateline or a closing line credits."""

from __future__ import annotations

import re

AGENCIES = {
    "AP": "AP",
    "Associated Press": "AP",
    "The Associated Press": "AP",
    "Reuters": "Reuters",
    "Thomson Reuters": "Reuters",
    "AFP": "AFP",
    "Agence France-Presse": "AFP",
    "Xinhua": "Xinhua",
    "TASS": "TASS",
    "ITAR-TASS": "TASS",
    "Interfax": "Interfax",
    "RIA Novosti": "RIA Novosti",
    "dpa": "dpa",
    "DPA": "dpa",
    "EFE": "EFE",
    "ANSA": "ANSA",
    "Kyodo": "Kyodo",
    "Kyodo News": "Kyodo",
    "Jiji": "Jiji",
    "Jiji Press": "Jiji",
    "Yonhap": "Yonhap",
    "Anadolu": "Anadolu",
    "Anadolu Agency": "Anadolu",
    "PTI": "PTI",
    "Press Trust of India": "PTI",
    "IANS": "IANS",
    "ANI": "ANI",
    "UPI": "UPI",
    "United Press International": "UPI",
    "PA Media": "PA Media",
    "AAP": "AAP",
    "Canadian Press": "Canadian Press",
    "The Canadian Press": "Canadian Press",
    "Belga": "Belga",
    "APA": "APA",
    "IRNA": "IRNA",
    "ISNA": "ISNA",
    "Tasnim": "Tasnim",
    "Fars": "Fars",
    "SANA": "SANA",
    "Bernama": "Bernama",
    "Antara": "Antara",
    "Bloomberg": "Bloomberg",
}
"""A name that a credit uses, and the newsroom's own."""

_NAME = "|".join(re.escape(name) for name in sorted(AGENCIES, key=len, reverse=True))
_DASH = r"(?:\s*(?:[.:]\s*)?(?:[-–—]+|:)\s*)"

# BAGHDAD (Reuters) -  |  KABUL, Nov 17 (Xinhua) --  |  (AFP)  |  MOSCOW, November 17. /TASS/.
_DATELINE = re.compile(
    rf"""(?P<place> [^\W\d_][^\n()|:;!?]{{0,79}}? (?:\s*[-–—,])?\s* )?
    [(/] \s* (?P<agency>{_NAME}) (?: \s+ (?i:news|agency|via)\b [^)/\n]{{0,30}} )? \s* [)/]
    (?: (?P<dash>{_DASH} | \. \s*) | (?=\s) )""",
    re.VERBOSE,
)
# … said. (AFP)  |  — With reporting by AP  |  Source: AFP
_CLOSING = re.compile(
    rf"""(?: ^ | (?<=[.!?…"”'’»)\]]) | \n )
    [\s\-–—]* (?:
      [(\[] (?: (?:source: | with | avec) \s* )? (?P<bracketed>(?-i:{_NAME})) [)\]]
      | (?: sources?\s*: | (?:with\ )?(?:additional\ )?reporting\ (?:by|from)
          | with\ (?:files|material|information)\ from | avec | (?<=[-–—]) | (?<=[-–—]\ ) | (?<=\n) )
        \s* (?:the\ )? (?P<named>(?-i:{_NAME}))
    ) \s* \.? \s* \Z""",
    re.VERBOSE | re.IGNORECASE,
)
_LONGEST_CLOSING = 200
"""Characters at the end of a text in which it is looked for."""
_LONGEST_DATELINE = 100
"""Characters before its bracket, and more."""
_LONGEST_PLACE = 9
"""Words before a dateline's bracket; more are a sentence that mentions an agency."""

# By Our Staff Correspondent  |  By Ann Example and Bo Sample, Tigris Times  |  Par Anne Exemple
_BYLINE = re.compile(
    r"""(?:by|par|von|por)[ ] (?:
        (?:our|a|an|the)[ ](?:\w+[ ]){0,3}(?:correspondents?|reporters?|writers?|staff|desk|bureau)
      | (?-i:[A-ZÀ-Þ])[\w.'’-]*(?:[ ](?:(?:de|van|von|al|bin|el)[ ])?(?-i:[A-ZÀ-Þ])[\w.'’-]*){1,3}
        (?:(?:,|[ ]and|[ ]et|[ ]und|[ ]y|[ ]avec|[ ]with)[ ](?-i:[A-ZÀ-Þ])[\w .'’-]{1,60}){0,3}
    )[ ]*(?:\n|[-–—|:]+[ ]|\Z)[\s]*""",
    re.VERBOSE | re.IGNORECASE,
)


def credit(text: str) -> tuple[str | None, str]:
    """The agency that `text` credits as its only one, or None, and `text` without the credit.

    Without its byline, too: who wrote it is no news.
    """
    agency: str | None = None
    if (byline := _BYLINE.match(text)) is not None:
        text = text[byline.end() :]
    has_bracket = any(mark in text[:_LONGEST_DATELINE] for mark in "(/")
    if has_bracket and (start := _DATELINE.match(text)) and _is_dateline(start):
        agency = AGENCIES[start["agency"]]
        text = text[start.end() :].lstrip()
    if (end := _CLOSING.search(text, max(0, len(text) - _LONGEST_CLOSING))) is not None:
        agency = agency or AGENCIES[end["bracketed"] or end["named"]]
        text = text[: end.start()].rstrip(" \n-–—")
    return agency, text


def _is_dateline(start: re.Match[str]) -> bool:
    """It names a place in a few words, the first with a capital, and a dash follows; or nothing.

    A day stands for the dash: some agencies write “MUMBAI, Nov 17 (PTI) Four rockets …”.
    """
    place = start["place"]
    if not place:
        return True
    is_closed = start["dash"] is not None or any(map(str.isdecimal, place))
    return is_closed and place[0].isupper() and len(place.split()) <= _LONGEST_PLACE
