from datetime import UTC, datetime, timedelta

import pytest

from bot.commands.limits import FARTHEST, Allowance, Limit
from bot.commands.vocabulary import Caller
from bot.model.errors import Mistake
from bot.model.watch import Destination, Platform

NOON = datetime(2020, 11, 17, 12, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def by(user: str, workspace: str = "g1", platform: Platform = Platform.DISCORD) -> Caller:
    return Caller(Destination(platform, workspace, "c"), user, True, "key")


@pytest.fixture
def allowance() -> Allowance:
    return Allowance(person=Limit(2, HOUR), workspace=Limit(3, HOUR))


def test_the_window_slides(allowance: Allowance) -> None:
    allowance.spend(by("u1"), NOON)
    allowance.spend(by("u1"), NOON + 40 * MINUTE)
    with pytest.raises(Mistake, match="Try again in 1 minute\\."):
        allowance.spend(by("u1"), NOON + 59 * MINUTE + timedelta(seconds=30))
    allowance.spend(by("u1"), NOON + HOUR)
    with pytest.raises(Mistake, match="Try again in 39 minutes"):
        allowance.spend(by("u1"), NOON + 61 * MINUTE)


def test_what_is_refused_is_not_counted(allowance: Allowance) -> None:
    for _ in range(2):
        allowance.spend(by("u1"), NOON)
    for _ in range(5):
        with pytest.raises(Mistake):
            allowance.spend(by("u1"), NOON + 59 * MINUTE)
    allowance.spend(by("u1"), NOON + HOUR)


def test_all_of_a_workspace_share_one_limit_and_others_have_their_own(allowance: Allowance) -> None:
    for user in ("u1", "u2", "u3"):
        allowance.spend(by(user), NOON)
    with pytest.raises(Mistake):
        allowance.spend(by("u4"), NOON)
    allowance.spend(by("u4", "g2"), NOON)
    allowance.spend(by("u4", "g1", Platform.SLACK), NOON)


def test_a_person_is_the_same_in_every_workspace(allowance: Allowance) -> None:
    allowance.spend(by("u1", "g1"), NOON)
    allowance.spend(by("u1", "g2"), NOON)
    with pytest.raises(Mistake):
        allowance.spend(by("u1", "g3"), NOON)


def test_what_is_booked_comes_one_window_after_the_other_and_has_an_end(
    allowance: Allowance,
) -> None:
    booked = [allowance.book(by("u1"), NOON) for _ in range(5)]
    assert booked == [NOON, NOON, NOON + HOUR, NOON + HOUR, NOON + 2 * HOUR]
    with pytest.raises(Mistake):
        allowance.spend(by("u1"), NOON)
    while at := allowance.book(by("u1"), NOON):
        assert at <= NOON + FARTHEST


def test_the_operator_has_no_limit(allowance: Allowance) -> None:
    operator = by("operator", "", Platform.CONSOLE)
    for _ in range(9):
        allowance.spend(operator, NOON)
        assert allowance.book(operator, NOON) == NOON


def test_who_has_not_asked_for_a_while_is_forgotten() -> None:
    limit = Limit(2, HOUR)
    for number in range(100):
        limit.use(f"u{number}", NOON, NOON)
    limit.use("late", NOON + HOUR, NOON + HOUR)
    assert list(limit._used) == ["late"]
