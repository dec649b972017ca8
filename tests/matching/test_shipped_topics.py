"""The two topics in `config/topics`, on sentences of our own.

Every line of a file is held by a sentence: without the line, some sentence below is read wrongly.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.matching.topics import Topic, read_topics

FOLDER = Path(__file__).resolve().parents[2] / "config" / "topics"
TOPICS, MISTAKES = read_topics(
    {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.yaml")}
)
BY_NAME = {topic.name: topic for topic in TOPICS}

ABOUT = [
    ("drawdown", "Washington will cut its troops in Iraq to 2,500 by mid-January"),
    ("drawdown", "France may bring its soldiers home from Mali"),
    ("drawdown", "Spain to pull 200 marines out of Lebanon"),
    ("drawdown", "Norway announces Afghan pullout"),
    ("drawdown", "The premier defended the withdrawal from Somalia"),
    ("drawdown", "The last Dutch troops have left Mali after six years"),
    ("drawdown", "Troop levels in South Korea to stay as they are, says minister"),
    ("drawdown", "Parliament votes on troop withdrawal"),
    ("drawdown", "Kabul asks for a slower withdrawal of foreign forces"),
    ("drawdown", "A new report is out\nItaly reduces its contingent in Kosovo. Rain is due"),
    ("embassy-attack", "Rockets land near embassy in the capital"),
    ("embassy-attack", "A mob stormed the consulate and tore down its flag"),
    ("embassy-attack", "Car bomb outside a diplomatic compound kills two guards"),
    ("embassy-attack", "Police defuse explosives at the gate of an embassy"),
    ("embassy-attack", "Seven rockets fell in the Green Zone on Tuesday evening"),
    ("embassy-attack", "Militia again targets Green Zone"),
    ("embassy-attack", "Court jails three for plot to assassinate the envoy"),
    ("embassy-attack", "The ambassador was shot dead in his car"),
]

NOT_ABOUT = [
    ("drawdown", "Government troops took a village in Syria"),
    ("drawdown", "Two hundred more soldiers will be sent to Mali"),
    ("drawdown", "Striker withdraws from the squad"),
    ("drawdown", "The Pentagon counted its troops in Iraq. Taxes were cut at home"),
    ("drawdown", "Germany withdraws from climate agreement"),
    ("drawdown", "Germany: withdrawal from the race surprises both parties"),
    ("drawdown", "Envoy: Germany withdraws ambassador from Syria"),
    ("drawdown", "Iraq reports a drawdown of crude stocks"),
    ("drawdown", "Israeli troops leave a settlement as Lebanon watches"),
    ("drawdown", "Kidnappers give Rome a day to withdraw troops from Iraq"),
    ("drawdown", "Two years after the withdrawal from Iraq, voters go to the polls"),
    ("drawdown", "Angola: guerrillas withdraw from a town"),
    ("drawdown", "Blast as troops leave base in Syria leaves nine soldiers dead"),
    ("embassy-attack", "Embassy holds reception for national day"),
    ("embassy-attack", "Rockets fell on an airfield. The embassy stayed open"),
    ("embassy-attack", "Consul has a heart attack at consulate"),
    ("embassy-attack", "Embassy staff expelled over the attack on a defector"),
    ("embassy-attack", "Embassy evacuated as militias clash across the city"),
    ("embassy-attack", "Clashes at the border as the embassy move is celebrated"),
    ("embassy-attack", "Fugitive given asylum in embassy says he was attacked"),
    ("embassy-attack", "A journalist was killed in his own country's consulate"),
    ("embassy-attack", "The embassy said two hikers were killed in the storm"),
    ("embassy-attack", "Flowers at the embassy for those killed in the crash"),
]


def told(topic: Topic, text: str) -> bool:
    return topic.because(text) is not None


def test_the_files_have_no_mistakes() -> None:
    assert [str(mistake) for mistake in MISTAKES] == []
    assert set(BY_NAME) == {"drawdown", "embassy-attack"}


@pytest.mark.parametrize(("name", "text"), ABOUT)
def test_is_about(name: str, text: str) -> None:
    assert told(BY_NAME[name], text)


@pytest.mark.parametrize(("name", "text"), NOT_ABOUT)
def test_is_not_about(name: str, text: str) -> None:
    assert not told(BY_NAME[name], text)


@pytest.mark.parametrize(
    ("topic", "line"),
    [pytest.param(t, n, id=f"{t.name}-{n + 1}") for t in TOPICS for n in range(len(t.when))],
)
def test_every_rule_finds_a_sentence_that_no_other_finds(topic: Topic, line: int) -> None:
    without = replace(topic, when=topic.when[:line] + topic.when[line + 1 :])
    assert [t for name, t in ABOUT if name == topic.name and not told(without, t)]


@pytest.mark.parametrize(
    ("topic", "line"),
    [
        pytest.param(t, n, id=f"{t.name}: {frame.about}")
        for t in TOPICS
        for n, frame in enumerate(t.unless)
    ],
)
def test_every_frame_stops_a_sentence_that_no_other_stops(topic: Topic, line: int) -> None:
    without = replace(topic, unless=topic.unless[:line] + topic.unless[line + 1 :])
    assert [t for name, t in NOT_ABOUT if name == topic.name and told(without, t)]


def test_the_reason_names_the_words_and_the_sentence() -> None:
    because = BY_NAME["drawdown"].because(
        "News\nThe army pulls 200 Troops out of Iraq. Rain is due"
    )
    assert because == ("“troops” + “out of” + “iraq” in: «The army pulls 200 Troops out of Iraq»")
