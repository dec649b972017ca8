from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.plan import plan, point
from bot.model.delivery import Bulletin, Edit, Line, MovedTo, Post, Receipt
from bot.model.watch import Concern, Destination, Platform, Watch

NOON = datetime(2020, 11, 17, 12, tzinfo=UTC)

BULLETIN = Bulletin(
    story_id="k7f3q9",
    headline="Rockets hit the embassy quarter",
    link="https://courier.example/rockets",
    lines=(),
    counts=(),
    mentions=(),
    publishers=1,
    opened_at=NOON,
    changed_at=NOON,
)


def channel(name: str) -> Destination:
    return Destination(Platform.SLACK, "T1", name)


def concern(name: str, because: str = "«rockets»", watch_id: int = 1) -> Concern:
    return Concern(Watch(watch_id, channel(name), "rockets", "U1", NOON), because)


def receipt(name: str, bulletin: Bulletin = BULLETIN) -> Receipt:
    return Receipt("k7f3q9", channel(name), bulletin.digest, "key", "1.0")


def test_a_channel_that_holds_nothing_gets_one_post_for_its_first_reason() -> None:
    audience = [concern("C1", "topic"), concern("C1", "«rockets»", 2), concern("C2")]
    assert plan(BULLETIN, audience, []) == (
        Post(channel("C1"), BULLETIN, "topic"),
        Post(channel("C2"), BULLETIN, "«rockets»"),
    )


def test_a_channel_that_holds_other_words_gets_one_edit() -> None:
    held = receipt("C1")
    now = replace(BULLETIN, publishers=2)
    assert plan(now, [concern("C1")], [held]) == (Edit(held, now),)


def test_a_channel_that_was_told_is_kept_up_to_date_after_its_watch_is_gone() -> None:
    held = receipt("C1")
    now = replace(BULLETIN, headline="Seven rockets hit the embassy quarter")
    assert plan(now, [], [held]) == (Edit(held, now),)


def test_a_message_that_was_taken_away_is_left_alone() -> None:
    held = replace(receipt("C1"), gone=True)
    assert plan(replace(BULLETIN, publishers=2), [concern("C1")], [held]) == ()


def test_a_change_that_nobody_can_see_is_not_worth_an_edit() -> None:
    later = replace(BULLETIN, changed_at=NOON.replace(hour=13))
    assert plan(later, [concern("C1")], [receipt("C1")]) == ()


LEFT = replace(receipt("C1"), story_id="other", delivery_key="left", message_id="2.0")


def test_a_post_that_was_left_points_to_the_living_one_and_tells_nothing_else() -> None:
    told = replace(
        BULLETIN, lines=(Line("Seven rockets.", "Courier", None),), publishers=2, news="now two"
    )
    [edit] = point([LEFT], [receipt("C1", told), replace(receipt("C2"), message_id="3.0")], told)
    assert edit == Edit(
        LEFT,
        replace(
            BULLETIN,
            story_id="other",
            link=None,
            publishers=0,
            moved_to=MovedTo(told.headline, "1.0"),
        ),
    )


def test_a_pointer_knows_no_message_of_a_post_that_still_waits() -> None:
    [edit] = point([LEFT], [replace(receipt("C1"), message_id=None)], BULLETIN)
    assert edit.bulletin.moved_to == MovedTo(BULLETIN.headline, None)


def test_there_is_no_pointer_where_nothing_lives_or_the_message_is_gone() -> None:
    assert point([LEFT], [receipt("C2")], BULLETIN) == ()
    assert point([replace(LEFT, gone=True)], [receipt("C1")], BULLETIN) == ()


def test_a_pointer_is_made_once_and_again_when_the_headline_is_another() -> None:
    living = [receipt("C1")]
    [edit] = point([LEFT], living, BULLETIN)
    points = replace(LEFT, digest=edit.bulletin.digest)
    assert point([points], living, replace(BULLETIN, publishers=3)) == ()
    assert len(point([points], living, replace(BULLETIN, headline="Eight rockets"))) == 1


names = st.lists(st.sampled_from("ABCDEFG"), max_size=9)


@given(asked=names, told=st.sets(st.sampled_from("ABCDEFG")), publishers=st.integers(1, 3))
def test_planning_again_after_delivery_changes_nothing(
    asked: list[str], told: set[str], publishers: int
) -> None:
    now = replace(BULLETIN, publishers=publishers)
    audience = [concern(name) for name in asked]
    receipts = {channel(name): receipt(name) for name in told}
    for action in plan(now, audience, receipts.values()):
        place = action.destination if isinstance(action, Post) else action.receipt.destination
        receipts[place] = Receipt("k7f3q9", place, now.digest, "key", "1.0")
    assert plan(now, audience, receipts.values()) == ()
    assert set(receipts) == {channel(name) for name in told.union(asked)}
