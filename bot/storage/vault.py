"""What may not lie open in the database is sealed here; the one door of cryptography."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.feeds.addresses import SET_A_KEY, feed_id
from bot.model.errors import Mistake

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class Vault:
    """Seals texts under the operator's `keys`: the first one seals, each of them opens.

    A key is any long random text. The last one also goes into the ids of feeds whose address holds
    a secret, so that ids outlive a new key for as long as the old one is kept behind it.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._keys = tuple(keys)
        self._made: MultiFernet | None = None
        self._naming = _derived(self._keys[-1], b"feed ids") if keys else None

    def feed_id(self, url: str) -> str:
        """See `bot.feeds.addresses.feed_id`. Raises `Mistake` for a secret without a key."""
        return feed_id(url, self._naming)

    def seal(self, text: str) -> str:
        """Raises `Mistake` without a key."""
        return self._fernet().encrypt(text.encode()).decode()

    def open(self, sealed: str, feed: str) -> str:
        """What was sealed for `feed` (its id). Raises `Mistake` where no key opens it."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet(feed).decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise _locked(feed) from None

    def reseal(self, sealed: str, feed: str) -> str:
        """The same under the first key, so that the others can be taken away."""
        return self.seal(self.open(sealed, feed))

    def _fernet(self, feed: str = "") -> MultiFernet:
        # Imported at need: most databases hold no secret.
        from cryptography.fernet import Fernet, MultiFernet

        if not self._keys:
            raise (
                _locked(feed)
                if feed
                else Mistake("There is no key to seal a secret with.", SET_A_KEY)
            )
        if self._made is None:
            self._made = MultiFernet(
                [Fernet(urlsafe_b64encode(_derived(key, b"sealing"))) for key in self._keys]
            )
        return self._made


def _locked(feed: str) -> Mistake:
    return Mistake(
        f"What was sealed for feed {feed} cannot be opened: secret_key lacks the key.",
        "Add the key it was sealed with to secret_key, or remove the feed and add it again.",
    )


def _derived(key: str, purpose: bytes) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=32, person=purpose).digest()
