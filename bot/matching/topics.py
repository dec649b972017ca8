"""Topics: subjects that an operator describes in a file, without code. The only door to YAML here.

A file names groups of words, says which groups make the topic when they meet in one sentence
(``when``), and what does not count (``unless``). `config/topics/drawdown.yaml` shows every key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath

import yaml

from bot.matching.lexicon import GAP, Hit, Lexicon, pattern_words
from bot.matching.words import Passage
from bot.model.errors import Mistake

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_QUOTE = 160


class Reach(StrEnum):
    """What a frame takes out of the count."""

    WORDS = "words"
    """The words it found, and nothing else."""
    SENTENCE = "sentence"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Meeting:
    """Groups of words that stand in one sentence."""

    groups: tuple[str, ...]
    within: int | None = None
    """At most so many words from the first to the last; None: anywhere in the sentence."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A setting in which the topic's words mean something else."""

    about: str
    """What they mean then, for people."""
    meeting: Meeting
    reach: Reach = Reach.SENTENCE


@dataclass(frozen=True, eq=False)
class Topic:
    """A subject, and how to tell that a text is about it. Equal only to itself."""

    name: str
    title: str
    description: str
    groups: Mapping[str, tuple[str, ...]]
    when: tuple[Meeting, ...]
    unless: tuple[Frame, ...] = ()
    _lexicon: Lexicon = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lexicon", Lexicon(self.groups))

    def because(self, text: str) -> str | None:
        """Why the text is about this topic, for people; None: it is not."""
        return self.because_in(Passage(text))

    def because_in(self, passage: Passage) -> str | None:
        """The same for a text that is split already."""
        reason: str | None = None
        for sentence, quoted in zip(passage.split, passage.sentences, strict=True):
            hits = list(self._lexicon.hits(sentence))
            if not hits:
                continue
            counted = True
            for frame in self.unless:
                found = _met(frame.meeting, hits)
                if found is None:
                    continue
                match frame.reach:
                    case Reach.TEXT:
                        return None
                    case Reach.SENTENCE:
                        counted = False
                    case Reach.WORDS:
                        hits = _without(hits, frame.meeting.groups)
            if counted and reason is None:
                reason = next(
                    (
                        _reason(found, sentence, quoted)
                        for meeting in self.when
                        if (found := _met(meeting, hits)) is not None
                    ),
                    None,
                )
        return reason


def _met(meeting: Meeting, hits: list[Hit]) -> tuple[Hit, ...] | None:
    """The hits, one of each group, that stand closest together; None where they are too far apart."""
    latest: dict[str, Hit] = {}
    best: tuple[Hit, ...] | None = None
    width: float = float("inf") if meeting.within is None else meeting.within + 1
    for hit in hits:
        if hit.group not in meeting.groups:
            continue
        latest[hit.group] = hit
        if len(latest) == len(meeting.groups):
            found = tuple(latest[group] for group in meeting.groups)
            extent = max(h.end for h in found) - min(h.start for h in found)
            if extent < width:
                best, width = found, extent
    return best


def _without(hits: list[Hit], groups: tuple[str, ...]) -> list[Hit]:
    """The hits that no hit of these groups covers."""
    covered = {i for hit in hits if hit.group in groups for i in range(hit.start, hit.end)}
    return [hit for hit in hits if covered.isdisjoint(range(hit.start, hit.end))]


def _reason(found: tuple[Hit, ...], sentence: tuple[str, ...], quoted: str) -> str:
    terms = dict.fromkeys(" ".join(sentence[hit.start : hit.end]) for hit in found)
    if len(quoted) > _LONGEST_QUOTE:
        quoted = quoted[: _LONGEST_QUOTE - 1].rsplit(" ", 1)[0] + "…"
    return " + ".join(f"“{term}”" for term in terms) + f" in: «{quoted}»"


def read_topics(files: Mapping[str, str]) -> tuple[tuple[Topic, ...], tuple[Mistake, ...]]:
    """Every topic that can be read, and every mistake found; a topic's name is its file's.

    `files` maps the file's name or path to its text. A file with a mistake gives no topic.
    """
    topics: list[Topic] = []
    mistakes: list[Mistake] = []
    for file, text in sorted(files.items()):
        reader = _FileReader(file)
        topic = reader.topic(text)
        mistakes += reader.mistakes
        if topic is not None and not reader.mistakes:
            topics.append(topic)
    return tuple(topics), tuple(mistakes)


class _FileReader:
    """Reads one file; collects mistakes rather than stopping at the first."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.mistakes: list[Mistake] = []

    def topic(self, text: str) -> Topic | None:
        name = PurePath(self._file).stem
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            self._wrong(line, f"This is not YAML: {error.problem}.", "Mind indents and quotes.")
            return None
        except yaml.YAMLError as error:
            self._wrong(1, f"This is not YAML: {error}.", "Save it as UTF-8 text.")
            return None
        if not _NAME.fullmatch(name):
            self._wrong(1, f"“{name}” is no name for a topic.", "Use a-z, 0-9 and - only.")
        if root is None:
            self._wrong(1, "The file is empty.", "See config/topics/drawdown.yaml.")
            return None
        known = {"title", "description", "words", "when", "unless"}
        top = self._mapping(root, known, needed={"title", "words", "when"})
        groups = self._groups(top["words"]) if "words" in top else {}
        topic = Topic(
            name=name,
            title=self._text(top["title"]) if "title" in top else name,
            description=self._text(top["description"]) if "description" in top else "",
            groups=groups,
            when=tuple(
                self._meeting(self._mapping(node, {"together", "within"}, {"together"}), groups)
                for node in self._list(top.get("when"))
            ),
            unless=tuple(self._frame(node, groups) for node in self._list(top.get("unless"))),
        )
        meetings = (*topic.when, *(frame.meeting for frame in topic.unless))
        for group in sorted(groups.keys() - {name for met in meetings for name in met.groups}):
            self._wrong(_line(top["words"]), f"No line uses the group “{group}”.", "Delete it.")
        return topic

    def _groups(self, node: yaml.Node) -> dict[str, tuple[str, ...]]:
        groups = {}
        for name, listed in self._mapping(node).items():
            patterns = []
            for item in self._list(listed):
                pattern = self._text(item)
                steps = pattern_words(pattern)
                if not steps or GAP in (steps[0], steps[-1]):
                    self._wrong(
                        _line(item),
                        f"“{pattern}” cannot be looked for.",
                        f'Write words, beginnings as "withdraw*", and {GAP} only between words.',
                    )
                else:
                    patterns.append(pattern)
            groups[name] = tuple(patterns)
        return groups

    def _meeting(
        self, given: Mapping[str, yaml.Node], groups: Mapping[str, tuple[str, ...]]
    ) -> Meeting:
        named = []
        for node in self._list(given.get("together")):
            name = self._text(node)
            if name not in groups:
                known = ", ".join(groups) or "none"
                self._wrong(_line(node), f"There is no group “{name}”.", f"Groups: {known}.")
            named.append(name)
        within = None
        if (width := given.get("within")) is not None:
            written = self._text(width)
            if written.isascii() and written.isdigit() and int(written) > 0:
                within = int(written)
            else:
                self._wrong(_line(width), f"within: “{written}” is no number of words.", "Say 12.")
        return Meeting(tuple(dict.fromkeys(named)), within)

    def _frame(self, node: yaml.Node, groups: Mapping[str, tuple[str, ...]]) -> Frame:
        keys = {"about", "together", "within", "drop"}
        given = self._mapping(node, keys, {"about", "together"})
        reach = Reach.SENTENCE
        if (chosen := given.get("drop")) is not None:
            written = self._text(chosen)
            if written in set(Reach):
                reach = Reach(written)
            else:
                self._wrong(
                    _line(chosen),
                    f"drop: “{written}” is not known.",
                    f"Say {', '.join(Reach)}.",
                )
        about = self._text(given["about"]) if "about" in given else ""
        return Frame(about, self._meeting(given, groups), reach)

    def _mapping(
        self,
        node: yaml.Node,
        known: Iterable[str] | None = None,
        needed: Iterable[str] = (),
    ) -> dict[str, yaml.Node]:
        """The keys and values of a mapping; unknown, doubled and missing keys are mistakes."""
        if not isinstance(node, yaml.MappingNode):
            self._wrong(_line(node), "Keys with values are wanted here.", 'Write "key: value".')
            return {}
        out: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = self._text(key_node)
            if known is not None and key not in known:
                keys = ", ".join(sorted(known))
                self._wrong(_line(key_node), f"The key “{key}” is not known.", f"Keys: {keys}.")
            elif key in out:
                self._wrong(_line(key_node), f"“{key}” stands here twice.", "Keep one.")
            else:
                out[key] = value
        for key in sorted(set(needed) - set(out)):
            self._wrong(_line(node), f"The key “{key}” is missing.", "Add it.")
        return out

    def _list(self, node: yaml.Node | None) -> list[yaml.Node]:
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self._wrong(_line(node), "A list is wanted here.", 'Write "- item" lines or [a, b].')
            return []
        items: list[yaml.Node] = node.value
        return items

    def _text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self._wrong(_line(node), "Text is wanted here.", "Put it in quotes where in doubt.")
            return ""
        text: str = node.value
        return text.strip()

    def _wrong(self, line: int, message: str, hint: str) -> None:
        self.mistakes.append(Mistake(message, hint, f"{self._file}:{line}"))


def _line(node: yaml.Node) -> int:
    line: int = node.start_mark.line
    return line + 1
