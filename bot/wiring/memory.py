"""How often Python looks for garbage: a look at all of a full newsroom takes too long."""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 1_000, 20, 1_000
"""Python's thresholds. The oldest generation holds the open stories, which end by being let go, and
hardly a cycle; looking through 30,000 entries stops the loop for a third of a second."""


def settle() -> None:
    """Call when the program is built: what stands now stays, and is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
