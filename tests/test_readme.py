"""What the README promises is there, and what is there is in the README."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main
from typer.core import TyperGroup

from bot.commands.grammar import read_words
from bot.commands.vocabulary import Command
from bot.wiring.cli import app
from bot.wiring.settings import settings_keys

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(command: Any, path: str = "") -> list[str]:
    if isinstance(command, TyperGroup):
        return [
            found
            for name, inner in command.commands.items()
            for found in commands(inner, f"{path} {name}".strip())
        ]
    return [path]


@pytest.mark.parametrize("command", commands(typer.main.get_command(app)))
def test_every_command_is_in_the_readme(command: str) -> None:
    assert re.search(rf"^\| `{command}[ `]", README, re.MULTILINE)


@pytest.mark.parametrize("key", settings_keys())
def test_every_setting_is_in_the_readme(key: str) -> None:
    assert f"| `{key}` |" in README


def test_no_setting_is_in_the_readme_that_does_not_exist() -> None:
    table = README.partition("| setting |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([\w.]+)`", table, re.MULTILINE) == sorted(
        settings_keys(), key=lambda key: table.index(f"`{key}`")
    )


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", README))
def test_every_file_that_the_readme_points_to_is_there(target: str) -> None:
    assert (ROOT / target).exists()


def test_the_picture_loads_nothing_from_elsewhere() -> None:
    picture = ROOT / "tests/data/pictures/one_post.svg"
    ET.fromstring(picture.read_text(encoding="utf-8"))
    assert "@import" not in picture.read_text() and "url(http" not in picture.read_text()


def test_every_chat_command_of_the_readme_is_understood() -> None:
    typed = re.findall(r"^\|[^|]*\| `/wirewatch ([^`]*)`", README, re.MULTILINE)
    read = [type(read_words(words.replace("NUMBER", "7"))).__name__ for words in typed]
    commands = {command.__name__ for command in get_args(Command)}
    assert set(read) == commands and len(read) == len(commands)


def test_the_two_set_up_commands_stand_there_whole() -> None:
    for last in (
        "requirements.lock && .venv/bin/python -m bot demo",
        "requirements-dev.lock && .venv/bin/python -m pytest",
    ):
        command = f"python3 -m venv .venv && .venv/bin/pip install -q -r {last}"
        assert f"\n{command}\n" in README
    assert "requirements-dev.lock && .venv/bin/python -m pytest" in (ROOT / ".ci/run").read_text()
