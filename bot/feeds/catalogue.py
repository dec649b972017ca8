"""``feeds.yaml``, or a plain list of addresses, becomes `Feed`s; every mistake in it is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.feeds.addresses import feed_id, host_of
from bot.model.errors import Mistake
from bot.model.feed import Feed

if TYPE_CHECKING:
    import yaml

Complain = Callable[[int, str, str], None]
"""Line, what is wrong, what to do."""
Name = Callable[[str], str]
"""The id for an address; raises `Mistake` for one that may not be kept."""

KEYS = ("url", "outlet", "publisher", "every", "language", "tags", "id")
LEAST = timedelta(minutes=1)
LARGEST = 5_000_000
"""Characters."""

_EVERY = re.compile(r"(\d{1,6})\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_ADDRESS = re.compile(r"\w+://")
_WORD = re.compile(r"[\w-]{1,40}")


def read_catalogue(
    text: str, name: str, id_of: Name = feed_id
) -> tuple[tuple[Feed, ...], tuple[Mistake, ...]]:
    """The feeds that are right, and every mistake in the rest; `name` is the file's, for people."""
    mistakes: list[Mistake] = []

    def complain(line: int, message: str, hint: str) -> None:
        mistakes.append(Mistake(message, hint, at=f"{name}:{line}"))

    feeds = tuple(feed for _, feed in _read(text, id_of, complain))
    if not feeds and not mistakes:
        complain(
            1, "There are no feeds in it.", "Add one: an address a line, or YAML under `feeds:`."
        )
    return feeds, tuple(mistakes)


def feed_lines(text: str, id_of: Name = feed_id) -> dict[str, int]:
    """The line at which each feed that is right begins, by the feed's id."""
    return {feed.id: line for line, feed in _read(text, id_of, _keep_silent)}


def _read(text: str, id_of: Name, complain: Complain) -> Iterator[tuple[int, Feed]]:
    if len(text) > LARGEST:
        complain(1, f"It is longer than {LARGEST:,} characters.", "Take feeds out of it.")
        return
    read = _read_list if _is_plain_list(text) else _read_yaml
    yield from _without_repeats(read(text, id_of, complain), complain)


def _keep_silent(line: int, message: str, hint: str) -> None:
    pass


def _is_plain_list(text: str) -> bool:
    for line in text.splitlines():
        words = line.strip()
        if words and not words.startswith("#"):
            return _ADDRESS.match(words) is not None
    return False


def _without_repeats(
    feeds: Iterator[tuple[int, Feed]], complain: Complain
) -> Iterator[tuple[int, Feed]]:
    urls: dict[str, int] = {}
    ids: dict[str, int] = {}
    for line, feed in feeds:
        if feed.url in urls:
            complain(line, f"This url is in line {urls[feed.url]} already.", "Remove one of them.")
        elif feed.id in ids:
            complain(
                line,
                f'The id "{feed.id}" belongs to the feed in line {ids[feed.id]}.',
                "Give each feed an id of its own, or none.",
            )
        else:
            urls[feed.url] = ids[feed.id] = line
            yield line, feed


def _read_list(text: str, id_of: Name, complain: Complain) -> Iterator[tuple[int, Feed]]:
    for line, words in enumerate(text.splitlines(), start=1):
        url = words.partition(" #")[0].strip()
        if not url or url.startswith("#"):
            continue
        try:
            host = host_of(url)
            feed = Feed(id_of(url), url, outlet=host, publisher=host)
        except Mistake as mistake:
            complain(line, mistake.message, mistake.hint)
        else:
            yield line, feed


def _read_yaml(text: str, id_of: Name, complain: Complain) -> Iterator[tuple[int, Feed]]:
    import yaml  # a plain list is read without it: `poll` over thousands of addresses starts sooner

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or "it cannot be read"
        complain(mark.line + 1 if mark else 1, f"This is not YAML: {problem}.", "Mend the line.")
        return
    except RecursionError:
        complain(1, "It is nested too deeply.", "Write a list of feeds under `feeds:`.")
        return
    except yaml.YAMLError:
        complain(1, "This is not YAML: it holds a character that is not text.", "Save it as UTF-8.")
        return
    if root is None:
        return
    if not isinstance(root, yaml.MappingNode):
        complain(_line(root), "There is no `feeds:` in it.", "Begin the file with `feeds:`.")
        return
    first: int | None = None
    for key, value in root.value:
        if key.value != "feeds":
            complain(_line(key), f"{_quoted(key)} means nothing here.", "The only key is `feeds:`.")
            continue
        if first is not None:
            complain(_line(key), f"`feeds:` is in line {first} already.", "Make it one list.")
            continue
        first = _line(key)
        if not isinstance(value, yaml.SequenceNode):
            complain(_line(value), "`feeds:` is not a list.", "Begin each feed with `- url:`.")
        else:
            for node in value.value:
                feed = _read_feed(node, id_of, complain)
                if feed is not None:
                    yield _line(node), feed


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _quoted(key: yaml.Node) -> str:
    """The key for people, where it is short and plain; it might be an address with a secret."""
    word = str(key.value)
    return f'"{word}"' if _WORD.fullmatch(word) else "This key"


def _is_text(node: yaml.Node) -> bool:
    """Whether it is a scalar that can be written out: an escape may stand for half a character."""
    import yaml

    if not isinstance(node, yaml.ScalarNode):
        return False
    try:
        node.value.encode()
    except UnicodeEncodeError:
        return False
    return bool(node.value.strip())


def _read_feed(node: yaml.Node, id_of: Name, complain: Complain) -> Feed | None:
    import yaml

    if not isinstance(node, yaml.MappingNode):
        complain(_line(node), "This feed has no keys.", "Write `- url: …` and `  outlet: …`.")
        return None

    lines: dict[str, int] = {}
    texts: dict[str, str] = {}
    tags: frozenset[str] = frozenset()
    good = True

    def wrong(line: int, message: str, hint: str) -> None:
        nonlocal good
        good = False
        complain(line, message, hint)

    for key, value in node.value:
        word = str(key.value)
        if word not in KEYS:
            wrong(
                _line(key), f"{_quoted(key)} means nothing here.", f"A feed has: {', '.join(KEYS)}."
            )
        elif word in lines:
            wrong(_line(key), f"`{word}` is in line {lines[word]} already.", "Remove one of them.")
        elif word == "tags":
            if isinstance(value, yaml.SequenceNode) and all(map(_is_text, value.value)):
                tags = frozenset(tag.value for tag in value.value)
            else:
                wrong(_line(value), "`tags` is not a list.", "Write it as [world, asia].")
        elif not _is_text(value):
            wrong(
                _line(value), f"`{word}` is not a text.", "Write it in one line, or leave it out."
            )
        else:
            texts[word] = value.value.strip()
        lines[word] = _line(key)

    for word in ("url", "outlet"):
        if word not in lines:
            wrong(_line(node), f"This feed has no `{word}`.", f"Add `{word}: …` to it.")
    name = ""
    if "url" in texts:
        try:
            host_of(texts["url"])
            name = id_of(texts["url"])
        except Mistake as mistake:
            wrong(lines["url"], mistake.message, mistake.hint)
    every = _duration(texts["every"], lines["every"], wrong) if "every" in texts else None
    if "language" in texts and not _LANGUAGE.fullmatch(texts["language"]):
        wrong(
            lines["language"],
            f'"{texts["language"]}" is not a language.',
            "Write its code: en, fr, pt-BR.",
        )
    if not good:
        return None
    return Feed(
        id=texts.get("id", name),
        url=texts["url"],
        outlet=texts["outlet"],
        publisher=texts.get("publisher", texts["outlet"]),
        every=every,
        language=texts.get("language"),
        tags=tags,
    )


def _duration(text: str, line: int, complain: Complain) -> timedelta | None:
    match = _EVERY.fullmatch(text)
    if match is None:
        complain(line, f'"{text}" is not a length of time.', "Write it as 90s, 10m, 2h or 1d.")
        return None
    every = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if not LEAST <= every <= timedelta(days=366):
        complain(line, f'"{text}" is not between a minute and a year.', "Write it as 10m or 2h.")
        return None
    return every
