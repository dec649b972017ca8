from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.model.entry import Entry
from bot.model.errors import Mistake
from bot.pipeline.replay import LONGEST_LINE, replay, write_replay

WIRE = (
    "BAGHDAD (AFP) - Seven rockets landed in the Green Zone of Baghdad near the embassy of the United States on"
    " Tuesday evening, killing a girl, security officials said."
)
RECORDED: list[dict[str, Any]] = [
    {
        "id": "1",
        "title": "Rockets hit Green Zone in Baghdad",
        "text": WIRE,
        "published": "2020-11-17T18:00:00Z",
        "outlet": "Courier",
        "link": "https://courier.example/1?utm_source=rss",
        "lang": "en",
    },
    {
        "id": "2",
        "title": "Seven rockets fired at Baghdad",
        "text": WIRE,
        "published": "2020-11-17T18:30:00+00:00",
        "outlet": "Gazette",
    },
    {
        "id": "3",
        "title": "Wheat harvest falls",
        "text": "Farmers brought in less wheat &amp; barley.",
    },
]


def no_topics(entry: Entry) -> Mapping[str, str]:
    return {}


def about_rockets(entry: Entry) -> Mapping[str, str]:
    return {"rockets": "it says “rockets”"} if "rockets" in entry.text else {}


def lines(*rows: Mapping[str, Any]) -> list[str]:
    return [json.dumps(row) for row in rows]


def test_each_entry_and_each_story_has_its_line() -> None:
    replayed = replay(lines(*RECORDED), about_rockets)
    first, second, third = replayed.entries
    assert [row["id"] for row in replayed.entries] == ["1", "2", "3"]
    assert first["story"] == second["story"] != third["story"]
    assert (first["copy_of"], second["copy_of"], third["copy_of"]) == (None, "1", None)
    assert first["topics"] == ["rockets"]
    assert first["why"] == {"rockets": "it says “rockets”"}
    assert first["figures"][0] == {
        "kind": "weapons",
        "value": 7,
        "low": None,
        "high": None,
        "place": None,
        "quote": WIRE.removeprefix("BAGHDAD (AFP) - "),
    }
    assert replayed.stories[0] == {
        "story": first["story"],
        "entries": ["1", "2"],
        "headline": "Rockets hit Green Zone in Baghdad",
        "summary": WIRE.removeprefix("BAGHDAD (AFP) - "),
        "publishers": 1,
        "topics": ["rockets"],
        "figures": replayed.stories[0]["figures"],
    }
    assert replayed.stories[1]["summary"] == "Farmers brought in less wheat & barley."
    assert replayed.stories[1]["topics"] == []


def test_the_window_forgets_as_time_goes() -> None:
    later = {**RECORDED[1], "published": "2020-11-24T18:30:00Z"}
    replayed = replay(lines(RECORDED[0], later), no_topics)
    assert len(replayed.stories) == 2
    assert replayed.entries[1]["copy_of"] is None


def test_an_entry_without_a_time_comes_with_the_one_before_it() -> None:
    untimed = {key: value for key, value in RECORDED[1].items() if key != "published"}
    assert replay(lines(RECORDED[0], untimed), no_topics).entries[1]["copy_of"] == "1"


def test_outlets_without_a_name_are_not_taken_for_one_that_repeats_itself() -> None:
    nameless = [{**row, "outlet": None} for row in RECORDED]
    assert len(replay(lines(*nameless), no_topics).stories) == 2


def test_the_same_input_gives_the_same_output() -> None:
    assert replay(lines(*RECORDED), no_topics) == replay(lines(*RECORDED), no_topics)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "in.jsonl:2: This is no JSON"),
        ("[]", "in.jsonl:2: This is no JSON object."),
        ('{"id": "2", "title": "A"}', "in.jsonl:2: “text” is missing or no text."),
        ('{"id": 2, "title": "A", "text": "B"}', "in.jsonl:2: “id” is missing or no text."),
        ('{"id": "2", "title": "A", "text": "B", "link": 1}', "in.jsonl:2: “link” is no text."),
        ('{"id": "2", "title": "", "text": ""}', "in.jsonl:2: This entry says nothing."),
        (
            '{"id": "1", "title": "A", "text": "B"}',
            "in.jsonl:2: The id 1 stands here a second time.",
        ),
        (
            '{"id": "2", "title": "A", "text": "B", "published": "yesterday"}',
            "in.jsonl:2: “published” is no ISO 8601 time: yesterday.",
        ),
        (
            '{"id": "2", "title": "A", "text": "B", "published": "0001-01-01T00:00:00+14:00"}',
            "in.jsonl:2: “published” is no likely time: 0001",
        ),
        ('{"id": "2", "title": "A", "text": "\\ud83d"}', "in.jsonl:2: Half of a character"),
        ('{"id": "2", "title": "A", "text": "B", "x": NaN}', "in.jsonl:2: This is no JSON (NaN"),
        ('{"id": "2", "title": ["A"], "text": "B"}', "in.jsonl:2: “title” is missing or no text."),
        ("[" * 100_000, "in.jsonl:2: This is no JSON"),
    ],
)
def test_a_bad_line_is_named(line: str, words: str) -> None:
    with pytest.raises(Mistake) as mistake:
        replay([*lines(RECORDED[0]), line], no_topics, "in.jsonl")
    assert str(mistake.value).startswith(words)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"id": "2", "title": "\xff", "text": "B"}', "in:2: This line is no UTF-8."),
        (b'"' + b"a" * LONGEST_LINE, "in:2: This line is longer than 1 MiB."),
    ],
)
def test_a_bad_line_of_a_file_is_named(tmp_path: Path, line: bytes, words: str) -> None:
    source = tmp_path / "in"
    source.write_bytes(lines(RECORDED[0])[0].encode() + b"\n" + line)
    with pytest.raises(Mistake) as mistake:
        write_replay(source, tmp_path / "entries", tmp_path / "stories", no_topics)
    assert str(mistake.value).startswith(words)


def test_files_are_written_as_json_lines(tmp_path: Path) -> None:
    source, entries, stories = (tmp_path / name for name in ("in", "entries", "stories"))
    source.write_text("\n".join(lines(*RECORDED)) + "\n\n", encoding="utf-8")
    write_replay(source, entries, stories, no_topics)
    replayed = replay(lines(*RECORDED), no_topics)
    for path, rows in ((entries, replayed.entries), (stories, replayed.stories)):
        written = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert written == json.loads(json.dumps(rows))


def test_real_articles_fall_into_stories() -> None:
    recorded = Path(__file__).resolve().parents[2] / "../shared/eval/stream.jsonl"
    if not recorded.exists():
        pytest.skip("../shared/eval is not here")
    with recorded.open(encoding="utf-8") as source:
        rows = [json.loads(line) for line in source]
    given = lines(*({**row, "outlet": row["source"], "link": row["url"]} for row in rows))
    replayed = replay(given, no_topics)
    assert [row["id"] for row in replayed.entries] == [row["id"] for row in rows]
    assert sorted(id for story in replayed.stories for id in story["entries"]) == sorted(
        row["id"] for row in rows
    )
    # 227 by the count of editors, who let no story grow beyond three.
    assert 220 <= len(replayed.stories) <= 300
