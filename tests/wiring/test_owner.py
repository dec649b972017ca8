"""Who can be known to be dead."""

import os
import subprocess
import sys

from bot.wiring.owner import OWNER, is_gone

MACHINE = OWNER.split("/")[0]


def test_this_run_is_not_gone() -> None:
    assert not is_gone(OWNER)


def test_an_earlier_run_under_this_number_is_gone() -> None:
    assert is_gone(f"{MACHINE}/{os.getpid()}/0000")


def test_a_process_that_ended_is_gone_and_one_that_lives_is_not() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        owner = f"{MACHINE}/{process.pid}/0000"
        assert not is_gone(owner)
        process.communicate(b"\n")
    assert is_gone(owner)


def test_of_another_machine_nothing_is_known_even_under_the_same_name() -> None:
    host, _, boot = MACHINE.partition(".")
    for elsewhere in ("elsewhere", host, f"{host}.{boot}0", f"{host}.0-{boot}"):
        assert not is_gone(f"{elsewhere}/{os.getpid()}/0000")
