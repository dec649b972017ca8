"""When a hub is asked, which of its questions are answered, and whose pushes count."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.feeds.websub import (
    AGAIN,
    LEASE,
    SOONEST,
    Denied,
    Granted,
    HubState,
    Left,
    Pushing,
    SignatureCheck,
    Step,
    asked,
    called_back,
    named_hub,
    next_step,
    polls_meanwhile,
    question,
    takes_pushes,
)
from bot.model.feed import Document, Feed, Items

NOON = datetime(2020, 11, 17, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TOPIC = "https://courier.example/rss"
NAMED = Pushing(
    feed_id="courier",
    hub="https://hub.example/",
    topic=TOPIC,
    callback="c" * 43,
    sealed_secret="sealed",
    state=HubState.NAMED,
    asked_at=NOON,
)
ASKED = asked(NAMED, Step.SUBSCRIBE, NOON)
ACTIVE = replace(ASKED, state=HubState.ACTIVE, lease_until=NOON + LEASE)
DENIED = replace(ASKED, state=HubState.DENIED)
LEAVING = asked(ACTIVE, Step.UNSUBSCRIBE, NOON)


def verification(**changes: str | None) -> dict[str, str]:
    query = {
        "hub_mode": "subscribe",
        "hub_topic": TOPIC,
        "hub_challenge": "say this",
        "hub_lease_seconds": "3600",
    } | changes
    return {name.replace("_", ".", 1): value for name, value in query.items() if value is not None}


# Which hub.

FEED = Feed("courier", "https://courier.example/feed", "Courier", "Courier")
PAGE = Document(b"", FEED.url)
HUB = "https://hub.example/"


def test_the_feed_names_its_hub_and_its_topic() -> None:
    assert named_hub(FEED, PAGE, Items((), hub=HUB, topic=TOPIC)) == (HUB, TOPIC)


def test_the_headers_stand_before_the_feed() -> None:
    page = replace(PAGE, hub="https://other.example/", topic=FEED.url)
    named = named_hub(FEED, page, Items((), hub=HUB, topic=TOPIC))
    assert named == ("https://other.example/", FEED.url)


def test_without_a_topic_it_is_the_address_that_answered() -> None:
    assert named_hub(FEED, PAGE, Items((), hub=HUB)) == (HUB, FEED.url)


def test_most_feeds_have_no_hub() -> None:
    assert named_hub(FEED, PAGE, Items(())) is None


@pytest.mark.parametrize(
    ("url", "hub", "topic"),
    [
        pytest.param("https://me:pass@courier.example/feed", HUB, TOPIC, id="the feed's login"),
        pytest.param(FEED.url, HUB, TOPIC + "?token=1", id="a key in the topic"),
        pytest.param(FEED.url, "https://me:pass@hub.example/", TOPIC, id="a login at the hub"),
        pytest.param(FEED.url, "ftp://hub.example/", TOPIC, id="no web address"),
        pytest.param(FEED.url, "//hub.example/", TOPIC, id="no whole address"),
        pytest.param(FEED.url, HUB, "x" * 5000, id="no address at all"),
    ],
)
def test_no_hub_is_told_a_secret_and_none_asked_at_what_is_no_address(
    url: str, hub: str, topic: str
) -> None:
    assert named_hub(replace(FEED, url=url), PAGE, Items((), hub=hub, topic=topic)) is None


# When to ask.


def test_a_hub_is_asked_as_soon_as_a_feed_names_it() -> None:
    assert next_step(NAMED, True, NOON) is Step.SUBSCRIBE


@pytest.mark.parametrize("pushing", [ASKED, DENIED])
def test_a_question_that_came_to_nothing_is_asked_again_after_hours(pushing: Pushing) -> None:
    again = NOON + AGAIN[pushing.state]
    assert next_step(pushing, True, again - HOUR) is None
    assert next_step(pushing, True, again) is Step.SUBSCRIBE


def test_a_lease_is_renewed_half_way_through() -> None:
    assert next_step(ACTIVE, True, NOON + LEASE / 2 - HOUR) is None
    assert next_step(ACTIVE, True, NOON + LEASE / 2) is Step.SUBSCRIBE


def test_a_renewal_that_fails_is_tried_again_before_the_lease_ends() -> None:
    pushing, now, tries = ACTIVE, NOON, 0
    while now < NOON + LEASE:
        if next_step(pushing, True, now) is Step.SUBSCRIBE:
            pushing = asked(pushing, Step.SUBSCRIBE, now)
            tries += 1
        now += SOONEST
    assert 5 <= tries <= 13
    assert pushing.state is HubState.ACTIVE


def test_a_lease_of_a_minute_does_not_make_us_ask_all_the_time() -> None:
    short = replace(ACTIVE, lease_until=NOON + timedelta(minutes=1))
    assert next_step(short, True, NOON + SOONEST - timedelta(seconds=1)) is None


def test_a_lease_that_ended_is_asked_for_anew() -> None:
    ended = replace(ACTIVE, lease_until=NOON + HOUR, asked_at=NOON + HOUR)
    assert next_step(ended, True, NOON + HOUR + AGAIN[HubState.ACTIVE]) is Step.SUBSCRIBE
    assert asked(ended, Step.SUBSCRIBE, NOON + 2 * HOUR).state is HubState.ASKED


def test_pushes_are_taken_while_a_lease_is_renewed() -> None:
    renewed = asked(ACTIVE, Step.SUBSCRIBE, NOON + HOUR)
    assert takes_pushes(renewed)
    assert renewed.lease_until == ACTIVE.lease_until


@pytest.mark.parametrize(
    ("pushing", "step"),
    [
        (NAMED, Step.FORGET),
        (DENIED, Step.FORGET),
        (ASKED, Step.UNSUBSCRIBE),
        (ACTIVE, Step.UNSUBSCRIBE),
        (LEAVING, None),
    ],
)
def test_a_feed_that_is_not_polled_any_more_is_taken_off_its_hub(
    pushing: Pushing, step: Step | None
) -> None:
    assert next_step(pushing, False, NOON) is step


def test_a_hub_that_does_not_confirm_the_end_is_left_alone() -> None:
    assert next_step(LEAVING, False, NOON + AGAIN[HubState.LEAVING]) is Step.FORGET
    assert not takes_pushes(LEAVING)


def test_a_feed_that_comes_back_while_it_leaves_is_subscribed_again() -> None:
    assert next_step(LEAVING, True, NOON) is Step.SUBSCRIBE
    assert asked(LEAVING, Step.SUBSCRIBE, NOON).state is HubState.ASKED


def test_what_a_hub_is_asked() -> None:
    assert question(NAMED, Step.SUBSCRIBE, "https://news.example/", "s3") == {
        "hub.callback": f"https://news.example/websub/{'c' * 43}",
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.secret": "s3",
        "hub.lease_seconds": "864000",
    }
    assert "hub.secret" not in question(NAMED, Step.UNSUBSCRIBE, "https://news.example", "s3")


# What a hub may ask of us.


def test_the_hub_that_was_asked_is_told_its_challenge() -> None:
    said = called_back(ASKED, verification(), NOON + timedelta(minutes=1))
    assert said == Granted(
        replace(ASKED, state=HubState.ACTIVE, lease_until=NOON + HOUR), "say this"
    )


@pytest.mark.parametrize(
    ("pushing", "query"),
    [
        pytest.param(NAMED, verification(), id="nothing was asked yet"),
        pytest.param(DENIED, verification(), id="it has denied"),
        pytest.param(LEAVING, verification(), id="we are leaving"),
        pytest.param(ASKED, verification(hub_topic=TOPIC + "/"), id="another topic"),
        pytest.param(ASKED, verification(hub_topic=None), id="no topic"),
        pytest.param(ASKED, verification(hub_topic="https://x.example/é"), id="not ASCII"),
        pytest.param(ASKED, verification(hub_challenge=None), id="no challenge"),
        pytest.param(ASKED, verification(hub_mode="unsubscribe"), id="we did not unsubscribe"),
        pytest.param(ACTIVE, verification(hub_mode="unsubscribe"), id="nor now"),
        pytest.param(ASKED, verification(hub_mode="publish"), id="no such mode"),
        pytest.param(ASKED, verification(hub_lease_seconds="0"), id="no lease at all"),
        pytest.param(NAMED, verification(hub_mode="denied"), id="denied what was not asked"),
        pytest.param(ASKED, {}, id="nothing"),
    ],
)
def test_nobody_else_is(pushing: Pushing, query: dict[str, str]) -> None:
    assert called_back(pushing, query, NOON) is None


def test_a_verification_that_is_repeated_does_not_lengthen_the_lease() -> None:
    first = called_back(ASKED, verification(), NOON)
    assert isinstance(first, Granted)
    again = called_back(first.pushing, verification(), NOON + timedelta(minutes=50))
    assert again == first
    assert called_back(first.pushing, verification(), NOON + 2 * HOUR) is None


@pytest.mark.parametrize("seconds", ["-1", "9" * 5000, "²", "ten days", "", None])
def test_a_lease_that_is_absurd_is_the_one_we_asked_for(seconds: str | None) -> None:
    said = called_back(ASKED, verification(hub_lease_seconds=seconds), NOON)
    assert isinstance(said, Granted)
    assert said.pushing.lease_until == NOON + LEASE


def test_the_end_is_confirmed_when_we_asked_for_it() -> None:
    said = called_back(LEAVING, verification(hub_mode="unsubscribe"), NOON)
    assert said == Left("say this")


def test_a_denial_ends_the_lease() -> None:
    query = verification(hub_mode="denied", hub_challenge=None, hub_reason="No news for you.")
    said = called_back(ACTIVE, query, NOON)
    assert said == Denied(
        replace(ACTIVE, state=HubState.DENIED, lease_until=None), "No news for you."
    )


# Polling meanwhile.


def test_a_push_puts_polling_off_to_the_ceiling_but_not_beyond_the_lease() -> None:
    assert polls_meanwhile(ACTIVE, NOON, HOUR) == HOUR
    assert polls_meanwhile(ACTIVE, NOON + LEASE - HOUR / 2, HOUR) == HOUR / 2


@pytest.mark.parametrize("pushing", [NAMED, ASKED, DENIED, LEAVING])
def test_without_a_verified_lease_polling_goes_on(pushing: Pushing) -> None:
    assert polls_meanwhile(replace(pushing, lease_until=None), NOON, HOUR) is None


def test_after_the_lease_polling_goes_on() -> None:
    assert polls_meanwhile(ACTIVE, NOON + LEASE, HOUR) is None


# Signatures.

BODY = b"<rss>" + b"x" * 100_000


def holds(header: str | None, body: bytes = BODY, secret: str = "s3") -> bool:
    check = SignatureCheck(header, secret)
    for start in range(0, len(body), 65_536):
        check.update(body[start : start + 65_536])
    return check.holds()


def signed(method: str, secret: str = "s3") -> str:
    return hmac.new(secret.encode(), BODY, getattr(hashlib, method)).hexdigest()


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_each_method_of_the_recommendation_is_understood(method: str) -> None:
    assert holds(f"{method}={signed(method)}")
    assert holds(f"{method.upper()}={signed(method).upper()}")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256",
        "sha256=",
        "sha256=é",
        f"sha256={signed('sha1')}",
        f"sha256={signed('sha256', 'another secret')}",
        f"md5={hmac.new(b's3', BODY, hashlib.md5).hexdigest()}",
        f"={signed('sha256')}",
    ],
)
def test_no_other_signature_holds(header: str | None) -> None:
    assert not holds(header)


def test_a_body_that_was_changed_is_not_signed() -> None:
    assert not holds(f"sha256={signed('sha256')}", BODY[:-1] + b"y")


def test_a_signature_of_other_bytes_than_text_does_not_hold() -> None:
    assert not SignatureCheck("sha1=\udcff", "secret").holds()
