"""WebSub as a subscriber: what is asked of a hub, what it may ask of us, and whose pushes count.

https://www.w3.org/TR/websub/ (W3C Recommendation of 23 January 2018).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from bot.feeds.addresses import holds_secret, host_of
from bot.model.errors import Mistake
from bot.model.feed import Document, Feed, Items

LEASE = timedelta(days=10)
"""What is asked for, and the most that is counted on when a hub grants more."""
SOONEST = timedelta(minutes=5)
"""No hub is asked again about a feed before this, however short its leases."""


class HubState(StrEnum):
    NAMED = "named"
    """The feed names the hub; nothing was asked yet."""
    ASKED = "asked"
    """The hub has not yet come to verify that it was us who asked."""
    ACTIVE = "active"
    """Verified: pushes come until the lease ends."""
    DENIED = "denied"
    LEAVING = "leaving"
    """The hub is asked to stop."""


AGAIN = {
    HubState.NAMED: timedelta(0),
    HubState.ASKED: timedelta(hours=6),
    HubState.ACTIVE: timedelta(hours=6),
    HubState.DENIED: timedelta(days=1),
    HubState.LEAVING: timedelta(hours=6),
}
"""How long after a question that came to nothing the next may be asked."""


@dataclass(frozen=True, slots=True)
class Pushing:
    """How the pushing of one feed stands."""

    feed_id: str
    hub: str
    topic: str
    """The address by which the hub knows the feed."""
    callback: str
    """The last part of the address where we are called: nobody but the hub is told."""
    sealed_secret: str
    """What pushes are signed with, encrypted; empty until the hub is first asked."""
    state: HubState
    asked_at: datetime
    """When the hub was last asked, or named."""
    lease_until: datetime | None = None
    pushed_at: datetime | None = None


def named_hub(feed: Feed, document: Document, items: Items) -> tuple[str, str] | None:
    """The hub to ask and the topic to ask it for; the headers' word stands before the feed's own.

    None also where an address holds a secret: a hub is a stranger, and could not read the feed.
    """
    hub = document.hub or items.hub
    topic = document.topic or items.topic or document.url
    if hub is None or not all(map(_is_open, (feed.url, hub, topic))):
        return None
    return hub, topic


def _is_open(url: str) -> bool:
    try:
        host_of(url)
    except Mistake:
        return False
    return not holds_secret(url)


class Step(StrEnum):
    """What is to be done about a subscription; the first two are words of the protocol."""

    SUBSCRIBE = "subscribe"
    """Renewing is subscribing again."""
    UNSUBSCRIBE = "unsubscribe"
    FORGET = "forget"


def next_step(pushing: Pushing, wanted: bool, now: datetime) -> Step | None:
    """What is due now; `wanted`: the feed is still polled."""
    if wanted:
        if pushing.state is HubState.LEAVING:
            return Step.SUBSCRIBE
        return Step.SUBSCRIBE if _ask_at(pushing) <= now else None
    match pushing.state:
        case HubState.NAMED | HubState.DENIED:
            return Step.FORGET
        case HubState.ASKED | HubState.ACTIVE:
            return Step.UNSUBSCRIBE
        case HubState.LEAVING:
            # A hub that goes on regardless is told 410 from then on.
            return Step.FORGET if _ask_at(pushing) <= now else None
    assert_never(pushing.state)


def _ask_at(pushing: Pushing) -> datetime:
    """A live lease is renewed half-way through; what is left halves again with every failure."""
    if pushing.state is HubState.ACTIVE and pushing.lease_until is not None:
        left = pushing.lease_until - pushing.asked_at
        if left > timedelta(0):
            return pushing.asked_at + max(left / 2, SOONEST)
    return pushing.asked_at + AGAIN[pushing.state]


def asked(pushing: Pushing, step: Step, now: datetime) -> Pushing:
    """How it stands once the hub is asked to `step`. Pushes go on while a lease is renewed."""
    if step is Step.UNSUBSCRIBE:
        return replace(pushing, state=HubState.LEAVING, asked_at=now)
    renewed = pushing.state is HubState.ACTIVE and _is_live(pushing, now)
    return replace(pushing, state=HubState.ACTIVE if renewed else HubState.ASKED, asked_at=now)


def _is_live(pushing: Pushing, now: datetime) -> bool:
    return pushing.lease_until is not None and pushing.lease_until > now


def question(pushing: Pushing, step: Step, public_url: str, secret: str) -> dict[str, str]:
    """The form that the hub is sent; `public_url` is where the world reaches us."""
    form = {
        "hub.callback": f"{public_url.rstrip('/')}/websub/{pushing.callback}",
        "hub.mode": step.value,
        "hub.topic": pushing.topic,
    }
    if step is Step.SUBSCRIBE:
        form |= {
            "hub.secret": secret,
            "hub.lease_seconds": str(int(LEASE.total_seconds())),
        }
    return form


@dataclass(frozen=True, slots=True)
class Granted:
    """The hub asked whether it was us who subscribed; it was."""

    pushing: Pushing
    challenge: str
    """To be repeated as it came."""


@dataclass(frozen=True, slots=True)
class Left:
    """Likewise who unsubscribed: it pushes no more."""

    challenge: str


@dataclass(frozen=True, slots=True)
class Denied:
    """The hub will not push this feed; its reason is its own words."""

    pushing: Pushing
    reason: str


def called_back(
    pushing: Pushing, query: Mapping[str, str], now: datetime
) -> Granted | Left | Denied | None:
    """What a hub's question at the callback comes to; None where we did not ask for that.

    A lease counts from when it was asked for, so a question that is repeated changes nothing.
    """
    if not hmac.compare_digest(query.get("hub.topic", "").encode(), pushing.topic.encode()):
        return None
    challenge = query.get("hub.challenge")
    match query.get("hub.mode"), pushing.state:
        case "subscribe", HubState.ASKED | HubState.ACTIVE if challenge:
            lease = _lease(query.get("hub.lease_seconds"))
            granted = replace(pushing, state=HubState.ACTIVE, lease_until=pushing.asked_at + lease)
            return Granted(granted, challenge) if _is_live(granted, now) else None
        case "unsubscribe", HubState.LEAVING if challenge:
            return Left(challenge)
        case "denied", HubState.ASKED | HubState.ACTIVE:
            denied = replace(pushing, state=HubState.DENIED, lease_until=None)
            return Denied(denied, query.get("hub.reason", ""))
        case _:
            return None


def _lease(seconds: str | None) -> timedelta:
    if seconds is None or not seconds.isdecimal():
        return LEASE
    return min(timedelta(seconds=int(seconds[:10])), LEASE)


def takes_pushes(pushing: Pushing) -> bool:
    """Whether a push at its callback is looked at; its signature decides the rest."""
    return pushing.state in (HubState.ASKED, HubState.ACTIVE)


def polls_meanwhile(pushing: Pushing, now: datetime, ceiling: timedelta) -> timedelta | None:
    """For how long after a poll the pushes, one of which was just taken in, make the next needless.

    None: not at all. When pushes stop, or the lease ends, polls are back by themselves.
    """
    if pushing.state is not HubState.ACTIVE or pushing.lease_until is None:
        return None
    wait = min(ceiling, pushing.lease_until - now)
    return wait if wait > timedelta(0) else None


_METHODS = {name: getattr(hashlib, name) for name in ("sha1", "sha256", "sha384", "sha512")}


class SignatureCheck:
    """Give it the body as it comes, chunk by chunk; then ask whether the ``X-Hub-Signature`` holds."""

    def __init__(self, header: str | None, secret: str) -> None:
        name, _, claimed = (header or "").strip().partition("=")
        method = _METHODS.get(name.lower())
        self._mac = hmac.new(secret.encode(), digestmod=method) if method else None
        self._claimed = claimed.lower().encode(errors="replace")

    def update(self, chunk: bytes) -> None:
        if self._mac is not None:
            self._mac.update(chunk)

    def holds(self) -> bool:
        """False also where there is no signature, or one of another method."""
        return self._mac is not None and hmac.compare_digest(
            self._mac.hexdigest().encode(), self._claimed
        )
