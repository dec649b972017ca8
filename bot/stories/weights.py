"""What was learnt of when two entries tell one event; `tests/judgement/learn.py` makes this table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """Of each kind of evidence. Their sum is the log-odds that two entries tell one event."""

    unlike: float
    """Before anything is known of the two."""
    alike: float
    """Times the likeness of their words, 0 to 1."""
    headlines_alike: float
    """Times the likeness of the words of their headlines, 0 to 1."""
    a_day_apart: float
    """For each day between them."""
    tolls_clash: float
    """Where the dead or wounded of one are many times those of the other."""
    tolls_agree: float
    """Where both state one number of dead or wounded."""


LEARNT = Weights(
    unlike=-4.037,
    alike=115.7,
    headlines_alike=8.082,
    a_day_apart=-2.108,
    tolls_clash=-4.675,
    tolls_agree=1.064,
)
