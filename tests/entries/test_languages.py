from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from bot.entries.languages import language_of
from bot.entries.read import read
from bot.model.feed import Feed, Item, Items

NEWS: dict[str, list[tuple[str, str]]] = yaml.safe_load(
    (Path(__file__).resolve().parents[1] / "data/languages.yaml").read_text(encoding="utf-8")
)
EACH = [(language, title, text) for language, items in NEWS.items() for title, text in items]
FRENCH = NEWS["fr"][0]


@pytest.mark.parametrize(("language", "title", "text"), EACH)
def test_no_text_is_taken_for_another_language(language: str, title: str, text: str) -> None:
    assert language_of(title, text, None) in (language, None)
    assert language_of(title, "", None) in (language, None)
    assert language_of(title, text, language) == language
    assert language_of(title, "", language) == language


def test_most_texts_show_their_language_whatever_the_feed_claims() -> None:
    foreign = [each for each in EACH if each[0] != "en"]
    shown = [language_of(title, text, "en-us") == language for language, title, text in foreign]
    assert sum(shown) >= 0.75 * len(shown)


@pytest.mark.parametrize(
    "title",
    [
        "Emmanuel Macron, Olaf Scholz, Giorgia Meloni",
        "La Liga: Atlético de Madrid, Real Sociedad, Deportivo de La Coruña",
        "Van der Bellen, von der Leyen, van Rompuy",
        "Recep Tayyip Erdoğan meets Devlet Bahçeli",
        "Luiz Inácio Lula da Silva v Jair Bolsonaro",
        "Nguyễn Phú Trọng, Phạm Minh Chính",
        "Médecins Sans Frontières",
        "Marine Le Pen, Jean-Luc Mélenchon",
        "Ελευθερία ship seized off Crete",
        "Dans la rue tops French book list again",
        "“La vida es bella”: a town in Spain says farewell",
        "Muqawama, the Arabic word for resistance, and its many uses",
    ],
)
def test_names_and_quotes_do_not_outweigh_the_claim(title: str) -> None:
    assert language_of(title, "", "en") == "en"


def test_a_claim_is_told_without_its_region() -> None:
    assert language_of("Macron, Scholz, Meloni", "", "pt-BR") == "pt"
    assert language_of("Macron, Scholz, Meloni", "", "EN_us") == "en"
    assert language_of("Macron, Scholz, Meloni", "", "eng") == "en"
    assert language_of("Macron, Scholz, Meloni", "", "nb-NO") == "no"


@pytest.mark.parametrize("claimed", [None, "", "und", "mul", "english", "x"])
def test_what_claims_nothing_is_no_claim(claimed: str | None) -> None:
    assert language_of("Macron, Scholz, Meloni", "", claimed) is None
    assert language_of(*FRENCH, claimed) == "fr"


def test_another_script_denies_a_claim_even_where_its_language_is_not_sure() -> None:
    assert language_of("Ракеты, Багдад, аэропорт", "", "en") is None
    assert language_of("Ракеты, Багдад, аэропорт", "", "bg") == "bg"


def test_a_language_that_is_not_told_from_its_kin_is_believed() -> None:
    assert language_of(*NEWS["es"][0], "ca") == "ca"
    assert language_of(*NEWS["id"][0], "ms") == "ms"


def test_japanese_without_kana_is_not_called_chinese() -> None:
    assert language_of("首相辞任", "", "ja") == "ja"
    assert language_of("首相辞任", "", "en") == "zh"


def test_an_entry_has_the_language_of_its_own_text() -> None:
    feed = Feed("f", "https://a.example/f", outlet="Agency", publisher="Agency")
    item = Item("1", None, *FRENCH)
    now = datetime(2020, 11, 17, 12, tzinfo=UTC)

    def spoken(feed: Feed, items: Items) -> list[str | None]:
        return [entry.language for entry in read(items, feed, now)]

    names = Item("2", None, "Macron, Scholz, Meloni", "")
    told = Items((names, item), language="en-us")
    assert spoken(feed, told) == ["fr", "en"]
    assert spoken(replace(feed, language="de"), told) == ["fr", "de"]
