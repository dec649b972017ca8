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
_LONGEST_PLACE = 9
"""Words before a dateline's bracket; more are a sentence that mentions an agency."""


def credit(text: str) -> tuple[str | None, str]:
    """The agency that `text` credits as its only one, or None, and `text` without the credit."""
    agency: str | None = None
    if (start := _DATELINE.match(text)) is not None and _is_dateline(start):
        agency = AGENCIES[start["agency"]]
        text = text[start.end() :].lstrip()
    if (end := _CLOSING.search(text, max(0, len(text) - _LONGEST_CLOSING))) is not None:
        agency = agency or AGENCIES[end["bracketed"] or end["named"]]
        text = text[: end.start()].rstrip(" \n-–—")
    return agency, text


def _is_dateline(start: re.Match[str]) -> bool:
    """It names a place in a few words, the first with a capital, and a dash follows; or nothing."""
    place = start["place"]
    if not place:
        return True
    return start["dash"] is not None and place[0].isupper() and len(place.split()) <= _LONGEST_PLACE
