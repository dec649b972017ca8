"""This process, as the claimer of leases, and what can be known of other claimers."""

from __future__ import annotations

import os
import secrets
import socket

_HOST = socket.gethostname()
OWNER = f"{_HOST}/{os.getpid()}/{secrets.token_hex(4)}"
"""The last part tells this run from an earlier one under the same number, as in a container."""


def is_gone(owner: str) -> bool:
    """Whether this claimer is certainly dead: a process of this machine that runs no more."""
    host, _, rest = owner.rpartition("/")[0].rpartition("/")
    if host != _HOST or owner == OWNER:
        return False
    pid = int(rest)
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False  # it lives, and is another user's
    return False
