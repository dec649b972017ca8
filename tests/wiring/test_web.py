"""When the program listens to the outside, and what it says when it cannot."""

from __future__ import annotations

import socket
from pathlib import Path

import aiohttp
import pytest

from bot.model.errors import Mistake
from bot.wiring.build import Sources, open_newsroom
from bot.wiring.clock import now
from bot.wiring.settings import Settings
from bot.wiring.web import open_web, web_mistakes

KEY = "0123456789abcdef" * 4
NOTHING = Sources((), (), (), ())


def settings(folder: Path, port: int, **changes: object) -> Settings:
    web = {"public_url": "https://news.example.org", "port": port}
    fields = {"database_url": f"sqlite:///{folder / 'w.db'}", "web": web, "secret_key": KEY}
    return Settings.model_validate(fields | changes)


def test_a_public_address_needs_a_key(tmp_path: Path) -> None:
    assert web_mistakes(settings(tmp_path, 8080)) == ()
    assert web_mistakes(settings(tmp_path, 8080, secret_key=None, web={})) == ()
    [mistake] = web_mistakes(settings(tmp_path, 8080, secret_key=None))
    assert "WIREWATCH_SECRET_KEY_FILE" in mistake.hint


async def test_a_port_that_is_taken_is_the_operators_to_change(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ours = settings(tmp_path, taken.getsockname()[1])
        async with open_newsroom(ours, NOTHING, now, prune=True) as room:
            with pytest.raises(Mistake, match="Nothing can listen"):
                async with open_web(ours, room):
                    pass


async def test_without_a_public_address_nothing_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    closed = settings(tmp_path, port, web={"port": port})
    async with open_newsroom(closed, NOTHING, now, prune=True) as room:
        async with open_web(closed, room):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port))
        opened = settings(tmp_path, port)
        async with (
            open_web(opened, room),
            aiohttp.ClientSession() as outside,
            outside.get(f"http://127.0.0.1:{port}/") as answer,
        ):
            assert answer.status == 404
