from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.match import explain
from bot.matching.query import MOST_CHARACTERS, parse_query
from bot.model.entry import Entry
from bot.model.errors import Mistake

TOPICS = frozenset({"drawdown", "embassy-attack"})


def article(text: str, outlet: str = "Courier") -> Entry:
    title, _, summary = text.partition("\n")
    return Entry(
        id=f"{outlet}:{text}",
        feed_id="f1",
        keys=(text,),
        outlet=outlet,
        publisher=outlet,
        title=title,
        link=None,
        summary=summary,
        published=None,
        seen_at=datetime(2020, 11, 17, 12, tzinfo=UTC),
        fingerprint=text,
    )


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("rocket", "rocket"),
        ("Rocket  BAGHDAD", "baghdad rocket"),
        ("rocket AND baghdad", "baghdad rocket"),
        ("rocket rocket", "rocket"),
        ('"Green Zone" rocket -football', '"green zone" rocket -football'),
        ('rocket -"green card" -football', 'rocket -"green card" -football'),
        ("b OR a", "a OR b"),
        ("a OR b c", "a OR (b c)"),
        ("(a OR b) c", "(a OR b) c"),
        ("a -b OR c", "(a -b) OR c"),
        ("(a OR b) -c", "(a OR b) -c"),
        ("(a b) (c -d)", "a b c -d"),
        ("(a OR (b OR c))", "a OR b OR c"),
        ("((a))", "a"),
        ("or", "or"),
        ("ORder topical", "order topical"),
        ("car-bomb", '"car bomb"'),
        ("9/11", '"9 11"'),
        ("Iraq’s", "iraq"),
        ("“green zone” Élysée", '"green zone" elysee'),
        ("«zone verte»", '"zone verte"'),
        ("rocket –football", "rocket -football"),
        ("U.S. troops", "troops us"),
        ("سفارة", "سفارة"),
        ("drawdown", "topic:drawdown"),
        (" Embassy-Attack ", "topic:embassy-attack"),
        ("(drawdown)", "topic:drawdown"),
        ('"drawdown"', '"drawdown"'),
        ("drawdown oil", "drawdown oil"),
        ("TOPIC:Drawdown germany", "germany topic:drawdown"),
    ],
)
def test_a_query_has_one_canonical_text(written: str, canonical: str) -> None:
    query = parse_query(written, TOPICS)
    assert str(query) == canonical
    assert parse_query(str(query), TOPICS) == query


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("", "The query is empty."),
        ("   ", "The query is empty."),
        ('rocket "green', "query, character 8: A quote opens here and never closes."),
        ('"a" "', "query, character 5: A quote opens here and never closes."),
        ("a (b", "query, character 3: A parenthesis opens here and never closes."),
        ("((a)", "query, character 1: A parenthesis opens here and never closes."),
        ("(a))", "query, character 4: A parenthesis closes here that never opened."),
        ("a ()", "query, character 4: A word is missing before “)”."),
        ("a OR", "query, character 4: The query stops short."),
        ("OR a", "query, character 1: A word is missing before “OR”."),
        ("a OR OR b", "query, character 6: A word is missing before “OR”."),
        ("-a", "query, character 1: There are only exclusions here."),
        ("b OR -a", "query, character 6: There are only exclusions here."),
        ("b -(a c)", "query, character 4: A word is missing before “(”."),
        ("b -topic:drawdown", "query, character 4: A word is missing before “topic:drawdown”."),
        ("a --b", "query, character 4: A word is missing before “-”."),
        ("a - b", "query, character 3: “-” has no letters or digits."),
        ("a ***", "query, character 3: “***” has no letters or digits."),
        ('a "?!"', "query, character 3: There are no words between the quotes."),
        ("topic:oil", "query, character 1: There is no topic “oil”."),
        ("a topic:", "query, character 3: topic: needs a name."),
        ("x" * 201, "The query is 201 characters long; 200 are the most."),
        (" OR ".join(f"ab{n:05} c" for n in range(15)), "The query is 221 characters long;"),
        (" ".join(f"a{n}" for n in range(31)), "The query has 31 terms; 30 are the most."),
    ],
)
def test_a_mistake_says_what_and_where(written: str, complaint: str) -> None:
    with pytest.raises(Mistake) as caught:
        parse_query(written, TOPICS)
    assert str(caught.value).startswith(complaint)
    assert caught.value.hint


def test_an_unknown_topic_names_the_known_ones() -> None:
    with pytest.raises(Mistake, match=r"Known topics: drawdown, embassy-attack\."):
        parse_query("topic:embassy", TOPICS)


@pytest.mark.parametrize(
    ("query", "text", "answers"),
    [
        ("rocket", "A rocket fell", True),
        ("rocket", "Rockets fell", False),
        ("etat", "L’État français", True),
        ("ÉTAT", "coup d'etat", True),
        ("iraq", "Iraq’s parliament voted", True),
        ("us", "U.S. forces", True),
        ("rocket baghdad", "Rocket fell\nOn Baghdad", True),
        ("rocket baghdad", "A rocket fell", False),
        ('"green zone"', "the Green Zone", True),
        ('"green zone"', "Talks went green. Zone talks", False),
        ('"green zone"', "a green\nzone", False),
        ('"fortified green zone"', "the fortified Green Zone", True),
        ("car-bomb", "a car bomb", True),
        ("car-bomb", "a bomb in a car", False),
        ("rocket -football", "rocket science", True),
        ("rocket -football", "football club Rocket", False),
        ('zone -"time zone"', "a time zone", False),
        ("a OR b", "b", True),
        ("(a OR b) c", "b", False),
        ("(a OR b) c", "c, then b", True),
        ("a OR b c", "a", True),
        ("(a -b) OR c", "a b", False),
        ("(a -b) OR c", "a b c", True),
        ("سفاره OR السفارة", "هجوم على السِّفَارَة", True),
        ("موشک", "موشک‌های ایران", True),
        ("посольство", "У посольства. Посольство закрыто", True),
        ("पुलिस", "दिल्ली पुलिस ने कहा।", True),
    ],
)
def test_what_a_query_matches(query: str, text: str, answers: bool) -> None:
    assert (explain(parse_query(query, ()), article(text), {}) is not None) is answers


WORD = st.sampled_from(["a", "B", "été", "o'b", "9/11", "or", "drawdown", "U.S.", "سفارة", "ﷺ"])
TERM = st.one_of(
    WORD,
    st.lists(WORD, min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"'),
    st.sampled_from(sorted(TOPICS)).map(lambda name: f"topic:{name}"),
)
EXCLUDED = st.one_of(WORD, st.lists(WORD, min_size=1).map(lambda w: f'"{" ".join(w)}"'))
WRITTEN = st.recursive(
    TERM,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(" ".join),
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: f"({' OR '.join(parts)})"),
        st.tuples(inner, EXCLUDED).map(lambda pair: f"({pair[0]} -{pair[1]})"),
    ),
    max_leaves=8,
)


@given(st.one_of(WRITTEN, st.text(max_size=40), st.text(alphabet='ab "()-O R:', max_size=30)))
def test_the_canonical_text_means_the_same(written: str) -> None:
    try:
        query = parse_query(written, TOPICS)
    except Mistake as mistake:
        assert mistake.message
        return
    assert parse_query(str(query), TOPICS) == query
    assert len(str(query)) <= MOST_CHARACTERS


@given(st.lists(st.sampled_from(["a", "b", '"c d"', "-e"]), min_size=2).flatmap(st.permutations))
def test_the_order_of_terms_does_not_matter(parts: list[str]) -> None:
    try:
        first = parse_query(" ".join(parts), ())
    except Mistake:
        return
    assert parse_query(" ".join(reversed(parts)), ()) == first
