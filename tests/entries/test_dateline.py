from __future__ import annotations

import time

import pytest

from bot.entries.agencies import NAMES, newsroom
from bot.entries.dateline import credit, credit_in_title

SAID = "Four rockets fell on the Green Zone."


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        (f"BAGHDAD (Reuters) - {SAID}", "Reuters"),
        (f"BAGHDAD/WASHINGTON (Reuters) – {SAID}", "Reuters"),
        (f"SANAA, Yemen (AP) — {SAID}", "AP"),
        (f"KABUL, Nov 17 (Xinhua) -- {SAID}", "Xinhua"),
        (f"Washington, Nov. 17, 2020 (AFP) - {SAID}", "AFP"),
        (f"Bagdad (AFP) – {SAID}", "AFP"),
        (f"Madrid, 17 nov (EFE).- {SAID}", "EFE"),
        (f"MOSCOW, November 17. /TASS/. {SAID}", "TASS"),
        (f"Berlin (dpa) - {SAID}", "dpa"),
        (f"(Reuters) - {SAID}", "Reuters"),
        (f"(AP) {SAID}", "AP"),
        (f"{SAID} (AFP)", "AFP"),
        (f"{SAID} (with AFP)", "AFP"),
        (f"{SAID} — With reporting by AP", "AP"),
        (f"{SAID}\nWith reporting by the Associated Press.", "AP"),
        (f"{SAID}\nSource: AFP", "AFP"),
        (f"{SAID} — AFP", "AFP"),
        (f"{SAID}\nReuters", "Reuters"),
        (f"TEHRAN (IRNA) - {SAID}", "IRNA"),
        (f"PARIS, Jan 5 (AFP) - {SAID}", "AFP"),
        (f"New Delhi, Nov 17 (PTI) {SAID}", "PTI"),
        (f"By Ann Example\nBAGHDAD (Reuters) - {SAID}", "Reuters"),
        (f"Kabul (CNN) {SAID}", "CNN"),
        (f"كابول (رويترز) - {SAID}", "Reuters"),
        (f"МОСКВА, 17 ноября. /ТАСС/. {SAID}", "TASS"),
        (f"ANKARA (AA) - {SAID}", "Anadolu"),
        (f"AP - {SAID}", "AP"),
        (f"Reuters: {SAID}", "Reuters"),
        (f"Canadian Press - VANCOUVER (CP) - {SAID}", "Canadian Press"),
        (f"Canadian Press - CANBERRA, Australia (AP) - {SAID}", "AP"),
        (f"By ANN EXAMPLE Associated Press\nKABUL (AP) — {SAID}", "AP"),
        (f"By ANN EXAMPLE, Associated Press Writer\n{SAID}", "AP"),
        (f"By Ann Example and Bo Sample, Reuters\n{SAID}", "Reuters"),
        (f"By The Associated Press\n{SAID}", "AP"),
        (f"Von dpa\n{SAID}", "dpa"),
        (f"{SAID} (Reporting by Ann Example in Baghdad; Editing by Bo Sample)", "Reuters"),
        (
            f"{SAID}\nReporting by Ann Example; Additional reporting by Bo Sample; Writing by"
            " Cy Muster; Editing by Di Essai and Ed Ejemplo",
            "Reuters",
        ),
        (f"{SAID} (mit Material von dpa)", "dpa"),
        (f"{SAID} (Con información de EFE)", "EFE"),
        (f"{SAID}\nCon información de EFE.", "EFE"),
        (f"{SAID}\navec AFP", "AFP"),
        (f"{SAID}\n(Avec des informations de l'AFP)", "AFP"),
        (f"{SAID}\nWith files from The Canadian Press", "Canadian Press"),
        (f"{SAID} (With inputs from PTI)", "PTI"),
        (f"{SAID}\n© Agence France-Presse", "AFP"),
        (f"{SAID}\nCopyright 2020 The Associated Press. All rights reserved.", "AP"),
        (f"{SAID}\nQuelle: dpa", "dpa"),
        (f"{SAID}\nالمصدر: وكالات", "News agencies"),
        (f"{SAID} (Agencies)", "News agencies"),
        (f"{SAID} (afp/dpa)", "AFP"),
        (f"{SAID} (REUTERS)", "Reuters"),
    ],
)
def test_the_agency_is_read_and_taken_off_the_text(text: str, agency: str) -> None:
    assert credit(text) == (agency, SAID)


@pytest.mark.parametrize(
    "text",
    [
        SAID,
        f"BAGHDAD (Gazette) - {SAID}",
        f"BAGHDAD - {SAID}",
        "Minister told (AP) that nothing had happened.",
        "officials quoted in the report (Reuters) - a rare step - were named.",
        "A man who was said to be at the inn by (AP) - then left.",
        "The prize went to the Associated Press.",
        "He works for Reuters",
        "Shares of Thomson Reuters (TRI) - fell.",
        "The Associated Press (AP) Photographers were hurt.",
        "Reuters' own count is four rockets.",
        "By Land Reuters reached the zone - by sea it did not.",
        "Four rockets fell, the minister told Reuters.",
        "Four rockets fell, according to AFP",
        f"{SAID} (AP Photo/Ann Example)",
        f"(AP Photo/Ann Example) {SAID}",
        f"{SAID} (Ann Example/Reuters)",
        f"{SAID} (photo: AFP)",
        f"{SAID} He spoke to ANI",
        "",
    ],
)
def test_a_mention_is_no_credit(text: str) -> None:
    assert credit(text) == (None, text)


@pytest.mark.parametrize(
    "byline",
    [
        "By Our Correspondent\n",
        "By our special correspondent - ",
        "BY A STAFF REPORTER\n",
        "By Ann Example\n",
        "By Ann van Example and Bo Sample, Tigris Times\n",
        "Von Anne Beispiel\n",
    ],
)
def test_a_byline_is_no_news(byline: str) -> None:
    assert credit(byline + SAID) == (None, SAID)


@pytest.mark.parametrize(
    "text",
    [
        "By Tuesday morning four rockets had fallen.\nNo one was hurt.",
        "By Land And Sea they came - four boats.",
        "By our count, four rockets fell.",
        "Par avion\nQuatre roquettes.",
    ],
)
def test_a_text_that_begins_with_by_is_no_byline(text: str) -> None:
    assert credit(text) == (None, text)


@pytest.mark.parametrize(
    "text",
    [
        f"By Ann Example\n{SAID} (with Reuters)",
        f"Par Anne Exemple avec AFP\n{SAID}",
        f"By Our Correspondent\n{SAID}\nWith files from The Canadian Press",
        f"{SAID} (Additional reporting by Reuters)",
        f"{SAID}\nWith additional reporting by AFP",
    ],
)
def test_an_agency_that_helped_does_not_make_a_writers_text_its_own(text: str) -> None:
    assert credit(text) == (None, SAID)


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        (f"{SAID} (AFP, Reuters)", "AFP"),
        (f"{SAID} (Reuters, AFP)", "Reuters"),
        (f"{SAID} With reporting by AP, AFP and Reuters", "AP"),
        (f"Berlin (dpa/AFP) - {SAID}", "dpa"),
        (f"{SAID} (رويترز، أ ف ب)", "Reuters"),
        (f"{SAID} (AFP, agencies)", "AFP"),
    ],
)
def test_of_several_agencies_the_first_is_credited(text: str, agency: str) -> None:
    """Texts of one pair of agencies are no newsrooms of their own, however many outlets print them."""
    assert credit(text) == (agency, SAID)


@pytest.mark.parametrize(
    ("title", "agency", "shown"),
    [
        ("Rockets hit zone (AP)", "AP", "Rockets hit zone"),
        ("Rockets hit zone (AFP/Reuters)", "AFP", "Rockets hit zone"),
        ("UPDATE 2-Rockets hit zone", "Reuters", "Rockets hit zone"),
        ("AP: Rockets hit zone", "AP", "AP: Rockets hit zone"),
        ("Rockets hit zone – Reuters", "Reuters", "Rockets hit zone – Reuters"),
        ("Rockets hit zone: PTI", "PTI", "Rockets hit zone: PTI"),
        ("Bloomberg: I will not run", None, "Bloomberg: I will not run"),
        ("Landslide for Aam Aadmi Party (AAP)", None, "Landslide for Aam Aadmi Party (AAP)"),
        ("Minister tells Reuters of rockets", None, "Minister tells Reuters of rockets"),
        ("(AP)", None, "(AP)"),
        ("Update 2 - what we know", None, "Update 2 - what we know"),
        ("", None, ""),
    ],
)
def test_a_title_may_name_its_source(title: str, agency: str | None, shown: str) -> None:
    assert credit_in_title(title) == (agency, shown)


def test_every_name_of_an_agency_leads_to_one() -> None:
    assert newsroom("Thomson Reuters") == newsroom("REUTERS") == newsroom("Reuters") == "Reuters"
    assert newsroom("Courier") == "Courier"
    for name in NAMES:
        assert credit(f"{SAID} ({name})") == (newsroom(name), SAID)


def test_the_dateline_stands_above_a_closing_line() -> None:
    assert credit(f"BAGHDAD (Reuters) - {SAID} (AFP)") == ("Reuters", SAID)


@pytest.mark.parametrize("dashes", ["-", "\n-", "\n"])
def test_dashes_without_end_neither_hide_a_credit_nor_take_long(dashes: str) -> None:
    started = time.process_time()
    assert credit(f"{SAID}{dashes * 10_000}\nAFP") == ("AFP", SAID)
    unsigned = f"{SAID}{dashes * 10_000}x"
    assert credit(unsigned) == (None, unsigned)
    assert time.process_time() - started < 0.5
