"""What can be checked without running the program: contracts, types, form, and the rooms' words."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = sorted(
    path.relative_to(ROOT)
    for path in (ROOT / "bot").rglob("__init__.py")
    if "migrations" not in path.parts
)


def run(tool: str, *arguments: str) -> None:
    command = [str(Path(sys.executable).with_name(tool)), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rooms_keep_to_their_contracts() -> None:
    run("lint-imports", "--no-cache")


def test_every_type_holds() -> None:
    run("mypy")


def test_ruff_finds_nothing() -> None:
    run("ruff", "check", "--no-cache", ".")


def test_every_file_has_its_form() -> None:
    run("ruff", "format", "--no-cache", "--check", ".")


@pytest.mark.parametrize("init", ROOMS, ids=str)
def test_a_room_says_what_it_is_for_and_exports_nothing(init: Path) -> None:
    tree = ast.parse((ROOT / init).read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert not any(isinstance(node, ast.Import | ast.ImportFrom) for node in tree.body)


def test_polling_loads_no_chat_library() -> None:
    program = (
        "import sys\n"
        "import bot.wiring.cli, bot.wiring.build, bot.pipeline.ingest\n"
        "print(*sorted({'discord', 'slack_bolt', 'slack_sdk', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr
