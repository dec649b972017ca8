"""What sites put into their texts that is no news: a small list of what they all say.

What one site alone says again and again is learnt, see `recurring`.
"""

from __future__ import annotations

import re

_ON_ITS_OWN = re.compile(
    r"""
    (?: (?:read|see|watch)\ (?:also|next) | also\ read | related(?:\ (?:articles?|stories))?(?=:|$)
      | (?:à\ )?(?:lire|voir|écouter)\ aussi | sur\ le\ même\ sujet | اقرأ\ أيضا | بیشتر\ بخوانید
    )\b .*
    | (?: read\ more | read\ (?:the\ )?(?:full|rest|whole)\b.{0,30} | continue\ reading | keep\ reading
        | click\ here | find\ out\ more | full\ (?:story|article)
        | lire\ la\ suite | lire\ plus | en\ savoir\ plus
      ) (?: \s*[:.…»›>→\[("“].* | \ (?:about|at|for|here|on|to)\b.* | .*[→»›] | \W* )
    | (?:please\ )?(?:subscribe|abonnez-vous) (?: \W* | \ (?:now|today|here|to|for|à|pour)\b.{0,120} )
    | (?:sign\ up|register|inscrivez-vous)
        (?: \W* | \ .{0,80}\b(?:newsletters?|e-?mails?|alerts?|briefing|our|nos|notre|free)\b.{0,80} )
    | (?: (?:this\ )?(?:article|story|content)\ (?:is\ )? )? (?:available\ )?
        (?:for|to|reserved\ for)\ (?:our\ )? (?:subscribers|members)(?:\ only)? \W*
    | subscribers?\ only \W*
    | (?:cet\ |l['’])? (?:article|contenu)\ (?:est\ )?(?:réservé|payant)\b.{0,60}
    | réservé\ (?:à\ nos|aux)\ abonnés .{0,20}
    | (?:leave\ a|post\ a|add\ a|no)\ (?:comments?|reply) .{0,40} | \d*\ ?comments? \W*
    | (?:laisser|ajouter)\ un\ commentaire .{0,40}
    | the\ post\ .{1,300}\ (?:appeared\ first\ on|first\ appeared\ on)\ .{1,100}
    | (?:cet\ article|l['’]article)\ .{1,300}\ est\ apparu\ en\ premier\ sur\ .{1,100}
    | (?:share|partager|follow\ us|suivez-nous)\b(?: \ (?:this|on|sur|cet)\b.{0,60} | \W* )
    | advertisement | publicité
    """,
    re.IGNORECASE | re.VERBOSE,
)
_AT_THE_END = re.compile(
    r"""[ \[(] (?: (?<=[.!?…"'”’»)\]][ ]) | (?<=[\[(]) )
    (?: read\ more | continue\ reading | read\ the\ full\ (?:story|article) | full\ story
      | lire\ la\ suite | lire\ plus | the\ post\ .{1,300}\ appeared\ first\ on\ .{1,100} ) \W* \Z""",
    re.IGNORECASE | re.VERBOSE,
)
_LONGEST_DEBRIS = 500
"""Characters of a line that may be debris; longer ones are news that begins like it."""
_LONGEST_TAIL = 450


def without_debris(line: str) -> str:
    """One line of plain text, as far as it is news."""
    if len(line) <= _LONGEST_DEBRIS and _ON_ITS_OWN.fullmatch(line.strip("-–—•·|>»* ")):
        return ""
    tail = _AT_THE_END.search(line, max(0, len(line) - _LONGEST_TAIL))
    return line[: tail.start()].rstrip() if tail else line
