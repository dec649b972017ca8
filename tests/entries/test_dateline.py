from __future__ import annotations

import time

import pytest

from bot.entries.dateline import credit

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
        f"{SAID} With reporting by AP, AFP and Reuters",
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
        "Par Anne Exemple avec AFP\n",
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


def test_the_dateline_stands_above_a_closing_line() -> None:
    assert credit(f"BAGHDAD (Reuters) - {SAID} (AFP)") == ("Reuters", SAID)


@pytest.mark.parametrize("dashes", ["-", "\n-", "\n"])
def test_dashes_without_end_neither_hide_a_credit_nor_take_long(dashes: str) -> None:
    started = time.process_time()
    assert credit(f"{SAID}{dashes * 10_000}\nAFP") == ("AFP", SAID)
    unsigned = f"{SAID}{dashes * 10_000}x"
    assert credit(unsigned) == (None, unsigned)
    assert time.process_time() - started < 0.5
