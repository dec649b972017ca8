"""Topic files: what they say, and what is wrong with them."""

from __future__ import annotations

import pytest

from bot.matching.topics import Topic, read_topics

STORMS = """
title: Storms
description: Bad weather that hurts people.
words:
  storm: [storm*, typhoon, hurricane]
  harm: [dead, kill*, blow* ... away]
  sport: [hurricane hunters, sails]
when:
  - together: [storm, harm]
    within: 8
unless:
  - about: sport
    together: [sport]
    drop: words
"""


def read(text: str, file: str = "storms.yaml") -> Topic:
    topics, mistakes = read_topics({file: text})
    assert [str(mistake) for mistake in mistakes] == []
    [topic] = topics
    return topic


def test_a_file_becomes_a_topic_of_its_name() -> None:
    topic = read(STORMS, "config/topics/bad-weather.yaml")
    assert (topic.name, topic.title) == ("bad-weather", "Storms")
    assert topic.description == "Bad weather that hurts people."


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("Typhoon: two dead", "“typhoon” + “dead” in: «Typhoon: two dead»"),
        ("Stormy night kills one", "“stormy” + “kills” in: «Stormy night kills one»"),
        ("TYPHÖÖN leaves four dead", "“typhoon” + “dead” in: «TYPHÖÖN leaves four dead»"),
        ("Typhoón’s wind blows a roof clean away", "“typhoon” + “blows a roof clean away” in: «"),
        ("Typhoon blows all of its own strength away", None),
        ("A typhoon nears. Two dead", None),
        ("A typhoon nears\nTwo dead", None),
        ("Typhoon one two three four five six dead", "“typhoon” + “dead” in: «"),
        ("Typhoon one two three four five six seven dead", None),
        ("Dead calm then typhoon one two three four five dead", "“typhoon” + “dead” in: «"),
        ("Hurricane hunters find two dead", None),
        ("Hurricane hunters: typhoon, two dead", "“typhoon” + “dead” in: «"),
        ("A calm day. Then a storm kills two", "“storm” + “kills” in: «Then a storm kills two»"),
    ],
)
def test_groups_meet_in_one_sentence(text: str, because: str | None) -> None:
    found = read(STORMS).because(text)
    assert (found or "").startswith(because or "")
    assert (found is None) == (because is None)


@pytest.mark.parametrize(
    ("drop", "first", "second"),
    [("words", True, True), ("sentence", False, True), ("text", False, False)],
)
def test_a_frame_drops_its_words_its_sentence_or_the_text(
    drop: str, first: bool, second: bool
) -> None:
    topic = read(STORMS.replace("drop: words", f"drop: {drop}"))
    assert (topic.because("With sails torn, a storm kills two") is not None) is first
    assert (topic.because("A storm kills two. Their sails are found") is not None) is second


def test_a_frame_drops_its_sentence_where_nothing_else_is_said() -> None:
    topic = read(STORMS.replace("    drop: words\n", ""))
    assert topic.because("With sails torn, a storm kills two") is None


def test_a_long_sentence_is_quoted_in_part() -> None:
    because = read(STORMS).because("A storm kills two " + "and the rain goes on " * 20)
    assert because is not None
    assert because.endswith("…»")
    assert len(because) < 220


def test_a_word_without_end_costs_no_time() -> None:
    assert read(STORMS).because("storm" + "y" * 1_000_000 + " kills two") is not None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "storms.yaml:1: The file is empty."),
        ("title: [", "storms.yaml:1: This is not YAML: "),
        ("title: \0", "storms.yaml:1: This is not YAML: "),
        ("- a", "storms.yaml:1: Keys with values are wanted here."),
        (STORMS.replace("unless:", "except:"), "storms.yaml:11: The key “except” is not known."),
        (STORMS.replace("about:", "why:"), "storms.yaml:12: The key “why” is not known."),
        (STORMS.replace("title: Storms", ""), "storms.yaml:3: The key “title” is missing."),
        (STORMS.replace("within: 8", "inside: 8"), "storms.yaml:10: The key “inside” is not"),
        (STORMS.replace("within: 8", "within: few"), "storms.yaml:10: within: “few” is no number"),
        (STORMS.replace("within: 8", "within: 0"), "storms.yaml:10: within: “0” is no number"),
        (STORMS.replace("drop: words", "drop: all"), "storms.yaml:14: drop: “all” is not known."),
        (
            STORMS.replace("[storm, harm]", "[storm, hail]"),
            "storms.yaml:9: There is no group “hail”",
        ),
        (STORMS.replace("[storm, harm]", "storm"), "storms.yaml:9: A list is wanted here."),
        (STORMS.replace("[sport]", "[storm]"), "storms.yaml:5: No line uses the group “sport”."),
        (STORMS.replace("harm:", "storm:"), "storms.yaml:6: “storm” stands here twice."),
        (STORMS.replace("kill*", "..."), "storms.yaml:6: “...” cannot be looked for."),
        (STORMS.replace("kill*", "kill ..."), "storms.yaml:6: “kill ...” cannot be looked for."),
        (STORMS.replace("kill*", "kill * all"), "storms.yaml:6: “kill * all” cannot be looked for"),
        (STORMS.replace("[sport]", "[]"), "storms.yaml:13: A list is wanted here."),
        (STORMS.replace("typhoon", "[typhoon]"), "storms.yaml:5: Text is wanted here."),
    ],
)
def test_a_mistake_names_file_and_line(text: str, complaint: str) -> None:
    topics, mistakes = read_topics({"storms.yaml": text})
    assert topics == ()
    assert any(str(mistake).startswith(complaint) for mistake in mistakes), mistakes
    assert all(mistake.hint for mistake in mistakes)


def test_every_mistake_of_every_file_is_told_and_the_good_files_are_read() -> None:
    topics, mistakes = read_topics(
        {
            "storms.yaml": STORMS,
            "Bad Name.yaml": STORMS,
            "worse.yaml": STORMS.replace("within: 8", "within: x").replace(
                "drop: words", "drop: x"
            ),
        }
    )
    assert [topic.name for topic in topics] == ["storms"]
    assert [mistake.at for mistake in mistakes] == [
        "Bad Name.yaml:1",
        "worse.yaml:10",
        "worse.yaml:14",
    ]
