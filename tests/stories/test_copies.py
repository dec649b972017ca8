from __future__ import annotations

import re
from random import Random

import pytest

from bot.model.entry import Entry
from bot.stories.copies import COPIED, fixed_words, overlap
from bot.stories.features import sample
from bot.stories.sketches import LEAD, MOST_HOLDERS, Sketches, sketch
from bot.stories.words import words
from tests.stories.telling import told

WIRE = (
    "PORT ARDEN, Nov 17 (Northwire) - A passenger ferry carrying 214 people capsized in the harbour of"
    " Port Arden on Tuesday after it was struck by a drifting coal barge, and at least 12 passengers"
    " were killed, the coast guard said.",
    "Rescuers pulled 180 people from the water before nightfall, many of them clinging to tables and"
    " life rings thrown from fishing boats. Divers were still searching the lower deck for 22 others,"
    " said Commander Ilse Marrow, who leads the operation.",
    "The Saint Brannoc left Kellow Island shortly after 3 p.m. for the 40-minute crossing to the"
    " mainland. Witnesses said the barge had broken loose from a tug in strong wind about 600 metres"
    " off the breakwater and turned broadside into the channel.",
    "“There was one blast of the horn and then the floor was a wall,” said Tomas Verrin, a teacher who"
    " was travelling with his class. All 31 of his pupils were among those brought ashore, he said,"
    " and most were treated for cold.",
    "The operator, Arden Sea Lines, said the vessel had passed its yearly inspection in August and was"
    " licensed for 260 passengers. The company put its four other ferries out of service until the"
    " cause was known.",
    "Transport Minister Helena Orsk ordered an inquiry into why no order had been given to close the"
    " channel, although gusts of 90 kilometres an hour had been forecast since the morning. The"
    " harbour master's office declined to comment, citing the investigation.",
    "The tug's captain was being questioned by the police, a spokesman said. Its owner, the Delmot"
    " Towing Company, said the line had parted without warning and that its crew had radioed the ferry"
    " twice within a minute.",
    "Tuesday's accident was the worst on the strait since 1987, when a fishing vessel sank off Kellow"
    " Island and 19 men drowned. Islanders have asked for years for a bridge, which successive"
    " governments have called too dear.",
    "Schools on Kellow Island will stay closed for the rest of the week. Prime Minister Anders Holl,"
    " who cut short a visit abroad, was expected in Port Arden on Wednesday morning to meet the"
    " families of the dead and those who were saved, his office said. Flags on public buildings were"
    " to be flown at half-mast until Friday, and a service was planned in the seamen's church.",
)
WHOLE = " ".join(WIRE)
HEADLINE, ANOTHER = "Ferry capsizes off Port Arden", "Hunt for survivors after collision"
ORIGINAL = told(HEADLINE, WHOLE, "Courier")
OWN_PARAGRAPH = (
    "Our reporter at the quay spoke to relatives who had gathered outside the terminal since early"
    " evening, waiting behind a rope for the names that a clerk read out every half hour from a list."
)


def found(one: Entry, other: Entry) -> bool:
    index = Sketches()
    index.add(one.id, sample(one))
    return bool(index.alike(sample(other)))


def is_copy(one: Entry, other: Entry) -> bool:
    return found(one, other) and overlap(one, other) >= COPIED and not fixed_words(one, other)


@pytest.mark.parametrize(
    ("headline", "text"),
    [
        (HEADLINE, WHOLE),
        (ANOTHER, WHOLE),
        (HEADLINE, " ".join(WIRE[:2])),
        (ANOTHER, " ".join(WIRE[:2])),
        (ANOTHER, WIRE[0]),
        (HEADLINE, WHOLE.replace("PORT ARDEN, Nov 17 (Northwire) - ", "Port Arden (UNS) | ")),
        (ANOTHER, WHOLE.replace("bour", "bor").replace("metres", "meters").replace("velling", "veling")),
        (ANOTHER, " ".join((WIRE[0], OWN_PARAGRAPH, *WIRE[1:]))),
        (ANOTHER, f"{OWN_PARAGRAPH} {WHOLE}"),
        (HEADLINE, " ".join(("A ferry went over in Port Arden on Tuesday.", *WIRE[1:]))),
        (HEADLINE, " ".join((WIRE[0], WIRE[2], *WIRE[4:6]))),
        ("Toll of ferry rises to 15", WHOLE.replace("12 pass", "15 pass").replace("22 oth", "19 oth")),
        ("Ferry toll rises", re.sub(r"\d+", lambda number: f"{number[0]}5", WHOLE)),
    ],
    ids=[
        "reprinted",
        "another headline",
        "two paragraphs",
        "two paragraphs and another headline",
        "one paragraph and another headline",
        "another agency's dateline",
        "another spelling",
        "a paragraph put in",
        "a paragraph put first",
        "first paragraph rewritten",
        "paragraphs left out",
        "counted anew",
        "all counted anew",
    ],
)  # fmt: skip
def test_a_copy_is_found_and_known(headline: str, text: str) -> None:
    copy = told(headline, text, "Gazette")
    assert is_copy(ORIGINAL, copy)
    assert is_copy(copy, ORIGINAL)


def test_a_text_that_is_added_again_is_held_once() -> None:
    index = Sketches()
    for text_id in ("an id", " id".join(["an", ""])):  # equal, but not one object
        index.add(text_id, sample(ORIGINAL))
    assert index.alike(sample(ORIGINAL)) == {"an id": len(sample(ORIGINAL))}


def test_texts_cut_to_a_sentence_are_hardly_ever_missed() -> None:
    """Of what is cut only the front is left, which is sampled more closely for its sake."""
    chance = Random(4)
    missed = 0
    for _ in range(300):
        whole = [f"{chance.randrange(9999):x}" for _ in range(LEAD)]
        missed += not set(sketch(whole)) & set(sketch(whole[:25]))
    assert missed <= 3


def test_the_same_event_in_other_words_is_no_copy() -> None:
    other = told(
        "Twelve drown as barge rams ferry",
        "Twelve people drowned when a runaway coal barge rammed and overturned the Kellow Island ferry"
        " at the entrance to Port Arden on Tuesday afternoon. Officials said 180 of the 214 aboard had"
        " been saved and 22 were missing. The transport minister, Helena Orsk, opened an inquiry.",
        "Gazette",
    )
    assert not is_copy(ORIGINAL, other)


FORMS = {
    "match": (
        "{0} beat {1} {2}",
        "{0} beat {1} {2} on Saturday to go {3} in the Premier Division, with {4} scoring the winner in"
        " the {5}th minute in front of {6} people. The visitors had the better of the first half but"
        " failed to turn their chances into goals. “The lads showed real character today,” {7} said"
        " after the final whistle. “We knew it would be a difficult game and we stuck to the plan.”"
        " The side travel to {8} next weekend.",
    ),
    "market": (
        "{0} shares close {1}",
        "{0} shares closed at {2} points on Monday, {3} percent {1}, as investors awaited the central"
        " bank's decision later this week. The biggest gainer was {4}, up {5} percent, while the"
        " biggest loser was {6}, down {7} percent. Analysts said trading was thin ahead of the"
        " holiday. The {8} stood at {9} to the dollar in late dealings.",
    ),
    "quake": (
        "Magnitude {0} quake strikes off {1}",
        "An earthquake of magnitude {0} struck {2} km off {1} on {3}, the geological survey said. The"
        " quake was at a depth of {4} km and hit at {5} local time. There were no immediate reports of"
        " damage or casualties. No tsunami warning was issued.",
    ),
}
DUNMORE = "Dunmore Rovers|Castle Pryde|2-1|third|Pavlo Renn|78|21,400|Sten Akers|Hollin Park"
NORRLAND = "Norrland|higher|5,321.4|0.8|Halvorsen Steel|4.2|Fjord Bank|2.9|krone|10.31"


@pytest.mark.parametrize(
    ("form", "one", "other"),
    [
        ("match", DUNMORE, "Westering|Marl United|3-0|last|Joao Teles|12|8,115|Bo Coyle|Portlade"),
        (
            "match",
            DUNMORE,
            "Dunmore Rovers|Marl United|4-0|first|Al Grigg|19|8,115|Sten Akers|Ayle",
        ),
        ("market", NORRLAND, "Castellan|lower|902.7|1.3|Minas Real|2.2|Banco Sur|6.1|peso|18.77"),
        ("market", NORRLAND, "Norrland|lower|5,300.1|0.4|Lyse Energy|3.3|Arn Oil|1.9|krone|10.28"),
        ("quake", "5.6|Kellow Island|42|Tuesday|10|03:14", "6.1|Santa Ysolda|118|Friday|35|17:49"),
    ],
    ids=["other teams", "another match", "another exchange", "another day", "another quake"],
)
def test_one_form_filled_in_twice_is_no_copy(form: str, one: str, other: str) -> None:
    title, text = FORMS[form]
    filled = [told(title.format(*w), text.format(*w)) for w in (one.split("|"), other.split("|"))]
    assert overlap(*filled) >= COPIED
    assert fixed_words(*filled)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "Sign up for our free newsletter and get the day's biggest stories straight to your inbox"
            " every morning. By signing up you agree to our terms of service and privacy policy.",
            "",
        ),
        (
            "We use cookies to improve your experience on our site and to show you relevant"
            " advertising. By continuing you accept our use of cookies. Find out more in our policy.",
            "",
        ),
        (
            "",
            "Read also: Ten recipes for a cold weekend. Read also: Why house prices keep rising. Read"
            " also: The best walks within an hour of the city. Follow us for the latest news.",
        ),
    ],
    ids=["newsletter", "cookies", "read also"],
)
def test_what_no_headline_speaks_of_is_fixed_text(before: str, after: str) -> None:
    wheat = told(
        "Wheat harvest begins early",
        f"{before} Farmers in the south have begun to bring in the wheat two weeks early. {after}",
    )
    striker = told(
        "Renn leaves Dunmore Rovers",
        f"{before} The club let its captain go abroad after nine seasons and 112 goals. {after}",
    )
    assert overlap(wheat, striker) >= COPIED
    assert fixed_words(wheat, striker)


def test_a_few_words_in_common_are_chance() -> None:
    assert (
        overlap(told("Markets close higher"), told("Markets close higher", outlet="Gazette")) == 0
    )


def test_a_text_taken_out_is_found_no_more() -> None:
    index = Sketches()
    run = sketch(words(WHOLE))
    index.add("a", run)
    index.add("b", run)
    index.remove("a", run)
    assert set(index.alike(run)) == {"b"}
    index.remove("b", run)
    assert not index.alike(run)


def test_what_everyone_prints_is_remembered_of_some() -> None:
    index = Sketches()
    run = sketch(words(WHOLE))
    for number in range(2 * MOST_HOLDERS):
        index.add(str(number), run)
    assert len(index.alike(run)) == MOST_HOLDERS


def test_a_sketch_is_the_same_in_every_process() -> None:
    assert sketch(words("The ferry left the island.")) == sketch(
        ["the", "ferry", "left", "the", "island"]
    )
    assert sketch(["one", "two", "three"]) == (hash((2053932785, 298486374, 1187371253)),)
