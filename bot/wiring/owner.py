"""This process, as the claimer of leases, and what can be known of other claimers."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path


def _machine() -> str:
    """Where a process's number means that process and no other: one boot, one namespace of numbers.

    A name alone is shared by containers and cloned machines.
    """
    host = socket.gethostname()
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{host}.{boot}.{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return host


_MACHINE = _machine()
OWNER = f"{_MACHINE}/{os.getpid()}/{secrets.token_hex(4)}"
"""The last part tells this run from an earlier one under the same number, as in a container."""


def is_gone(owner: str) -> bool:
    """Whether this claimer is certainly dead: a process of this machine that runs no more."""
    machine, _, pid_text = owner.rpartition("/")[0].rpartition("/")
    if machine != _MACHINE or owner == OWNER:
        return False
    pid = int(pid_text)
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False  # it lives, and is another user's
    return False
