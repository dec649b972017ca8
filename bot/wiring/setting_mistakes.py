"""How a mistake in the settings is told: its line or variable, and what was probably meant."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from pydantic_core import ErrorDetails

from bot.model.errors import Mistake

PREFIX = "WIREWATCH_"

Lines = Mapping[tuple[str, ...], int]
"""The line of each table and key of a TOML file; tables of a list are numbered: ("watch", "0")."""


def lines_of(text: str) -> Lines:
    """Where each table and key stands; TOML readers keep no positions."""
    lines: dict[tuple[str, ...], int] = {}
    section: tuple[str, ...] = ()
    met: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*(\[+)\s*([\w.-]+)\s*\]", line):
            section = tuple(header[2].split("."))
            if header[1] == "[[":
                section = (*section, str(met[header[2]]))
                met[header[2]] += 1
            lines.setdefault(section, number)
        elif named := re.match(r"\s*([\w.-]+)\s*=", line):
            lines.setdefault((*section, *named[1].split(".")), number)
    return lines


def line_of(loc: Sequence[str], lines: Lines) -> str:
    """``:12``, of the key or the nearest table around it; empty where neither is in the file."""
    around = (tuple(loc[:length]) for length in range(len(loc), 0, -1))
    return next((f":{lines[each]}" for each in around if each in lines), "")


def mistake_of(
    problem: ErrorDetails,
    path: Path,
    lines: Lines,
    keys: Collection[str],
    variables: Collection[str],
) -> Mistake:
    """What pydantic found, in the file at `path` or in one of the environment's `variables`."""
    loc = [str(part) for part in problem["loc"]]
    key = ".".join(loc)
    ours = (_variable(key), f"{_variable(key)}_FILE")
    at = next((name for name in ours if name in variables), f"{path}{line_of(loc, lines)}")
    if problem["type"] == "extra_forbidden":
        return Mistake(f"There is no setting {key}.", _nearest(key, keys), at=at)
    message = problem["msg"].removeprefix("Value error, ")
    return Mistake(f"{key}: {message}.", "The README's table says what it takes.", at=at)


def unknown_variables(
    variables: Iterable[str], keys: Collection[str], others: Collection[str]
) -> Iterable[Mistake]:
    """Those with our prefix that belong to no section; `others` are known without being keys."""
    sections = {key.partition(".")[0] for key in keys}
    for variable in variables:
        if not variable.startswith(PREFIX) or variable in others:
            continue
        section = variable.removeprefix(PREFIX).lower().partition("__")[0]
        if section not in sections:
            near = _nearest(variable, [_variable(key) for key in keys])
            yield Mistake("There is no such setting.", near, at=variable)


def _variable(key: str) -> str:
    return PREFIX + key.replace(".", "__").upper()


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean {near[0]}?" if near else "Remove it; the README lists all settings."
