"""The command line as a person or a script meets it: words, exit codes, nothing lost."""

from __future__ import annotations

import asyncio
import json
import os
import pyexpat
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.doubles.discord_server import DiscordServer
from tests.doubles.feed_server import WEB_PAGE, Article, FeedServer, Status
from tests.doubles.slack_server import SlackServer

ROOT = Path(__file__).resolve().parents[2]
LOCAL = {"WIREWATCH_FEEDS__ALLOW_ADDRESSES": '["127.0.0.0/8"]', "WIREWATCH_FEEDS__HOST_GAP": "0"}
NOBODY = "http://127.0.0.1:9/rss\n"
"""A list of one feed that never answers."""
STORY = Article("1", "Rockets strike near US embassy in Baghdad", "Four rockets fell.")


@dataclass
class Done:
    code: int
    out: str
    err: str


class Shell:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def __call__(self, *words: str, **environment: str) -> Done:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("WIREWATCH_")}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *words,
            cwd=self.folder, env={**clean, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **environment},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode is not None
        done = Done(process.returncode, out.decode(), err.decode())
        assert "Traceback" not in done.err, done.err
        return done

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return name

    def spoil_database(self) -> None:
        """As a newer program would leave it."""
        with sqlite3.connect(self.folder / "wirewatch.db") as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999_later'")
        connection.close()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


async def test_the_version_and_what_is_not_understood(shell: Shell) -> None:
    assert (await shell("--version")).out.startswith("wirewatch ")
    assert (await shell("frobnicate")).code == 2
    assert (await shell("poll")).code == 2


async def test_a_service_without_a_token_says_how_to_get_one(shell: Shell) -> None:
    done = await shell("run")
    assert done.code == 1
    assert done.err.startswith("No chat platform is set up. Set WIREWATCH_DISCORD__TOKEN")
    done = await shell("run", WIREWATCH_SLACK__BOT_TOKEN="xoxb-made-up")
    assert (done.code, done.err) == (
        1,
        "slack.app_token is not set. Slack needs both: set WIREWATCH_SLACK__APP_TOKEN.\n",
    )


async def test_a_service_with_a_wrong_token_stops_and_says_so(shell: Shell) -> None:
    feeds = shell.write("urls.txt", NOBODY)
    async with DiscordServer() as discord, SlackServer() as slack:
        done = await shell(
            "run",
            WIREWATCH_FEEDS__FILE=feeds,
            WIREWATCH_DISCORD__TOKEN="MTIz.wrong.token",
            WIREWATCH_DISCORD__API_URL=discord.api_url,
        )
        assert done.code == 1
        assert "Discord refused the token." in done.err
        assert "MTIz.wrong.token" not in done.err + done.out
        done = await shell(
            "run",
            WIREWATCH_FEEDS__FILE=feeds,
            WIREWATCH_SLACK__BOT_TOKEN="xoxb-wrong",
            WIREWATCH_SLACK__APP_TOKEN=slack.app_token,
            WIREWATCH_SLACK__API_URL=slack.api_url,
        )
        assert done.code == 1
        assert "WIREWATCH_SLACK__BOT_TOKEN: Slack does not take this token" in done.err
        assert "xoxb-wrong" not in done.err + done.out


async def test_check_finds_every_mistake_at_once_and_makes_nothing(shell: Shell) -> None:
    assert (await shell("db", "upgrade")).code == 0
    shell.spoil_database()
    before = (shell.folder / "wirewatch.db").read_bytes()
    async with FeedServer() as feeds, DiscordServer() as discord:
        feeds.publish("/good.xml", STORY)
        feeds.fail("/page.xml", WEB_PAGE)
        feeds.fail("/gone.xml", Status(410))
        listed = shell.write(
            "feeds.yaml",
            f"feeds:\n  - url: {feeds.url('/good.xml')}\n    outlet: Good\n"
            f"  - url: {feeds.url('/page.xml')}\n    outlet: Page\n"
            f"  - url: {feeds.url('/gone.xml')}\n    outlet: Gone\n"
            f"  - url: ftp://feeds.example/x\n    outlet: Wrong\n",
        )
        done = await shell(
            "check",
            **LOCAL,
            WIREWATCH_FEEDS__FILE=listed,
            WIREWATCH_DISCORD__TOKEN="MTIz.wrong.token",
            WIREWATCH_DISCORD__API_URL=discord.api_url,
        )
    assert done.code == 1
    for said in (
        "feeds.yaml:8: ",
        "feeds.yaml:4: Page: ",
        "feeds.yaml:6: Gone: ",
        "Discord refused the token.",
        "was written by a newer wirewatch",
    ):
        assert said in done.err
    assert "Good" not in done.err
    assert (shell.folder / "wirewatch.db").read_bytes() == before


async def test_mistakes_in_the_settings_hide_none_of_the_others(shell: Shell) -> None:
    shell.write("feeds.yaml", "feeds:\n  - url: ftp://feeds.example/x\n    outlet: A\n")
    config = shell.write(
        "w.toml",
        '[feeds]\nfile = "feeds.yaml"\nfil = 1\n'
        '[[watch]]\nplatform = "console"\nchannel = "desk"\nquery = "\\"open"\n',
    )
    await shell("db", "upgrade")
    shell.spoil_database()
    done = await shell("check", "--config", config)
    assert done.code == 1
    for said in ("w.toml:3: ", "feeds.yaml:2: ", "w.toml:4: ", "written by a newer wirewatch"):
        assert said in done.err


async def test_a_watch_whose_topic_went_is_told_of(shell: Shell) -> None:
    await shell("db", "upgrade")
    with sqlite3.connect(shell.folder / "wirewatch.db") as connection:
        connection.execute(
            "INSERT INTO watches (platform, workspace, channel, query, created_by, created_at)"
            " VALUES ('slack', 'T1', 'C1', 'topic:gone', 'u1', '2020-11-17 12:00:00')"
        )
    connection.close()
    [row] = (await shell("watch", "list", "--json")).out.splitlines()
    assert "gone" in json.loads(row)["trouble"]
    done = await shell("check", WIREWATCH_FEEDS__FILE=shell.write("urls.txt", NOBODY))
    assert "slack C1: Watch 1 tells its channel nothing: " in done.err
    assert "urls.txt:1: 127.0.0.1: " in done.err


async def test_check_is_content_with_what_is_right(shell: Shell) -> None:
    async with FeedServer() as feeds, DiscordServer() as discord, SlackServer() as slack:
        feeds.publish("/good.xml", STORY)
        done = await shell(
            "check",
            **LOCAL,
            WIREWATCH_FEEDS__FILE=shell.write("urls.txt", feeds.url("/good.xml")),
            WIREWATCH_DISCORD__TOKEN=discord.token,
            WIREWATCH_DISCORD__API_URL=discord.api_url,
            WIREWATCH_SLACK__BOT_TOKEN=slack.bot_token,
            WIREWATCH_SLACK__APP_TOKEN=slack.app_token,
            WIREWATCH_SLACK__API_URL=slack.api_url,
        )
    *notes, last = done.out.splitlines()
    assert (done.code, last, done.err) == (0, "All is well.", "")
    is_old = pyexpat.version_info < (2, 7, 5)
    assert [pyexpat.EXPAT_VERSION in note for note in notes] == [True] * is_old
    assert not (shell.folder / "wirewatch.db").exists()


async def test_a_network_that_is_down_is_one_mistake(shell: Shell) -> None:
    urls = shell.write("urls.txt", "".join(f"http://127.0.0.1:9/{n}\n" for n in range(5)))
    done = await shell("check", WIREWATCH_FEEDS__FILE=urls)
    assert done.code == 1
    assert [line.partition(". ")[0] for line in done.err.splitlines() if "urls" in line] == [
        "urls.txt: None of the 5 feeds can be reached"
    ]
    async with FeedServer() as feeds:
        feeds.fail("/gone.xml", Status(410))
        shell.write("urls.txt", f"http://127.0.0.1:9/1\n{feeds.url('/gone.xml')}\n")
        done = await shell("check", WIREWATCH_FEEDS__FILE=urls, **LOCAL)
    assert [line[:10] for line in done.err.splitlines() if "urls" in line] == [
        "urls.txt:1",
        "urls.txt:2",
    ]


async def test_a_feed_whose_key_is_lost_is_told_of_and_can_be_removed(shell: Shell) -> None:
    empty = {"WIREWATCH_FEEDS__FILE": shell.write("feeds.yaml", "feeds: []\n")}
    async with FeedServer() as feeds:
        feeds.publish("/good.xml", STORY)
        secret = feeds.url("/good.xml").replace("//", "//ann:s3cret@")
        key = {"WIREWATCH_SECRET_KEY": "k" * 32}
        assert (await shell("feeds", "add", secret, **LOCAL, **empty, **key)).code == 0
    for words in (["feeds", "list"], ["feeds", "health"], ["check"]):
        done = await shell(*words, **empty)
        assert "good.xml" in done.out or "its key is missing" in done.err
        assert "s3cret" not in done.out + done.err
    assert done.code == 1
    assert (await shell("feeds", "remove", "/good.xml", **empty)).code == 0


async def test_a_newer_database_is_left_alone(shell: Shell) -> None:
    await shell("db", "upgrade")
    shell.spoil_database()
    for words in (["db", "upgrade"], ["poll", "--once"], ["feeds", "list"], ["health"]):
        done = await shell(*words, WIREWATCH_FEEDS__FILE=shell.write("urls.txt", NOBODY))
        assert done.code == 1
        assert "upgrade the program or restore a backup" in done.err.lower()


async def test_a_broken_line_of_the_feed_list_stops_what_needs_it(shell: Shell) -> None:
    listed = shell.write("feeds.yaml", "feeds:\n  - url: https://a.example/rss\n    outlett: A\n")
    for words in (["poll", "--once"], ["run"]):
        done = await shell(*words, WIREWATCH_FEEDS__FILE=listed)
        assert done.code == 1
        assert "feeds.yaml:3: " in done.err and "outlet" in done.err


async def test_polling_once_reads_every_feed_and_counts_those_that_fail(shell: Shell) -> None:
    async with FeedServer() as feeds:
        feeds.publish("/a.xml", STORY, Article("2", "Harbour fair opens", "Stalls."))
        feeds.fail("/b.xml", Status(503, {"Retry-After": "60"}))
        urls = shell.write("urls.txt", f"{feeds.url('/a.xml')}\n{feeds.url('/b.xml')}\n")
        poll = ["poll", "--once", "--db", "p.db", "--feeds", urls, "--json"]
        cold = await shell(*poll, **LOCAL)
        assert cold.code == 0
        counts = json.loads(cold.out)
        assert {k: counts[k] for k in ("feeds", "failed", "entries", "new", "planned")} == {
            "feeds": 2,
            "failed": 1,
            "entries": 2,
            "new": 2,
            "planned": 0,
        }
        warm = json.loads((await shell(*poll, **LOCAL)).out)
        assert (warm["unchanged"], warm["entries"]) == (1, 0)
        feeds.publish("/a.xml", Article("3", "Ferry runs aground", "Nobody was hurt."))
        changed = json.loads((await shell(*poll, **LOCAL)).out)
        assert (changed["entries"], changed["new"], changed["opened"]) == (1, 1, 1)
        listed = await shell(
            "feeds", "list", "--json", WIREWATCH_FEEDS__FILE=urls,
            WIREWATCH_DATABASE_URL="sqlite:///p.db",
        )  # fmt: skip
    rows = [json.loads(line) for line in listed.out.splitlines()]
    assert [bool(row["trouble"]) for row in rows] == [False, True]
    assert rows[0]["read"] != "never" == rows[1]["read"]


async def test_watches_of_the_settings_file_are_listed(shell: Shell) -> None:
    config = shell.write(
        "w.toml",
        '[[watch]]\nplatform = "console"\nchannel = "desk"\nquery = "drawdown"\n',
    )
    urls = shell.write("urls.txt", NOBODY)
    assert (await shell("watch", "list")).out == "None.\n"
    assert (await shell("poll", "--once", "--config", config, "--feeds", urls)).code == 0
    [row] = (await shell("watch", "list", "--config", config, "--json")).out.splitlines()
    listed = json.loads(row)
    assert (listed["query"], listed["trouble"]) == ("topic:drawdown", "")


async def test_a_watch_in_the_settings_file_that_cannot_be_read_is_a_mistake(shell: Shell) -> None:
    config = shell.write(
        "w.toml", '[[watch]]\nplatform = "console"\nchannel = "desk"\nquery = "\\"open"\n'
    )
    done = await shell("run", "--config", config)
    assert done.code == 1
    assert done.err.startswith("w.toml:1: ")


async def test_a_watch_whose_channel_is_no_id_is_a_mistake(shell: Shell) -> None:
    watch = '[[watch]]\nplatform = "{}"\nworkspace = "{}"\nchannel = "{}"\nquery = "drawdown"\n'
    places = [
        ("discord", "111111111111111111", "#news"),
        ("discord", "", "222222222222222222"),
        ("slack", "T0123", "general"),
        ("slack", "acme.slack.com", "C0123"),
        ("discord", "111111111111111111", "222222222222222222"),
        ("slack", "T0123", "C0123"),
        ("console", "", "desk"),
    ]
    config = shell.write("w.toml", "".join(watch.format(*place) for place in places))
    urls = shell.write("urls.txt", NOBODY)
    done = await shell("check", "--config", config, WIREWATCH_FEEDS__FILE=urls)
    assert [line.partition(". ")[0] for line in done.err.splitlines() if "no id" in line] == [
        'w.toml:1: "#news" is no id of a channel',
        'w.toml:6: "" is no id of a workspace',
        'w.toml:11: "general" is no id of a channel',
        'w.toml:16: "acme.slack.com" is no id of a workspace',
    ]


async def test_a_feed_is_added_tried_changed_paused_exported_and_removed(shell: Shell) -> None:
    async with FeedServer() as feeds:
        feeds.publish("/a.xml", STORY, Article("2", "Harbour fair opens", "Stalls."))
        address = feeds.url("/a.xml")
        more = {**LOCAL, "WIREWATCH_FEEDS__FILE": shell.write("urls.txt", NOBODY)}

        async def feed(*words: str) -> str:
            done = await shell("feeds", *words, **more)
            assert (done.code, done.err) == (0, "")
            return done.out

        added = await feed("add", address)
        assert added.startswith("Reading ") and address in added
        number = added.partition("as feed ")[2].partition(".")[0]
        assert STORY.title in await feed("test", number)
        changed = await feed("edit", number, "--outlet", "Harbour News", "--every", "2h")
        assert changed.startswith(f"Changed: Harbour News ({address}), asked every 2 h")
        assert "Harbour News" in (await feed("list")).splitlines()[-2]
        assert (await feed("pause", "harbour news")).startswith("Paused for everybody")
        exported = await shell("feeds", "export", **more)
        assert exported.err == "2 feeds, as OPML.\n"
        assert (await feed("remove", "harbour news")).startswith("Removed Harbour News")
        shell.write("list.opml", exported.out)
        assert (await feed("import", "list.opml")).startswith("1 added, 1 here already")


async def test_a_feed_that_is_not_there_is_said_plainly(shell: Shell) -> None:
    urls = shell.write("urls.txt", NOBODY)
    done = await shell("feeds", "remove", "nobody's", WIREWATCH_FEEDS__FILE=urls)
    assert (done.code, done.err) == (
        1,
        "No feed “nobody's” was added. wirewatch feeds list shows all feeds.\n",
    )


async def test_health_says_what_is_wrong(shell: Shell) -> None:
    done = await shell("health")
    assert (done.code, done.out.splitlines()[0]) == (
        1,
        "There is no database yet. Start the service: wirewatch run",
    )
    assert not (shell.folder / "wirewatch.db").exists()
    await shell("db", "upgrade")
    assert "No service has run on this database" in (await shell("health")).out


async def test_replay_gives_the_same_twice(shell: Shell) -> None:
    lines = [
        {"id": "a", "title": STORY.title, "text": "Four rockets fell near the embassy in Baghdad."},
        {"id": "b", "title": STORY.title, "text": "Four rockets fell near the embassy in Baghdad."},
        {"id": "c", "title": "Harbour fair opens", "text": "Stalls along the quay."},
    ]
    shell.write("in.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    results = []
    for _ in range(2):
        done = await shell("replay", "in.jsonl", "--entries", "e.jsonl", "--stories", "s.jsonl")
        assert done.code == 0
        results.append([(shell.folder / name).read_text() for name in ("e.jsonl", "s.jsonl")])
    assert results[0] == results[1]
    a, b, c = (json.loads(line) for line in results[0][0].splitlines())
    assert (a["copy_of"], b["copy_of"], c["copy_of"]) == (None, "a", None)
    assert a["story"] == b["story"] != c["story"]
    assert a["topics"] == ["embassy-attack"] and a["why"]["embassy-attack"]


async def test_a_line_that_replay_cannot_read_is_named(shell: Shell) -> None:
    shell.write("in.jsonl", '{"id": "a", "title": "x", "text": "y"}\n{"id": \n')
    done = await shell("replay", "in.jsonl", "--entries", "e.jsonl", "--stories", "s.jsonl")
    assert done.code == 1
    assert "in.jsonl:2" in done.err or "line 2" in done.err


async def test_files_that_replay_cannot_read_or_write_are_named(shell: Shell) -> None:
    out = ["--entries", "e.jsonl", "--stories", "nowhere/s.jsonl"]
    assert (await shell("replay", "nowhere.jsonl", *out)).code == 2
    shell.write("in.jsonl", '{"id": "a", "title": "x", "text": "y"}\n')
    done = await shell("replay", "in.jsonl", *out)
    assert done.code == 1
    assert done.err.startswith("nowhere/s.jsonl: This file cannot be written (No such file")


async def test_a_story_is_shown_split_and_put_right_again(shell: Shell) -> None:
    urls = {**LOCAL, "WIREWATCH_FEEDS__FILE": "urls.txt"}
    async with FeedServer() as feeds:
        shell.write("urls.txt", f"{feeds.url('/a.xml')}\n{feeds.url('/b.xml')}\n")
        for path in ("/a.xml", "/b.xml"):
            feeds.publish(path, Article("0", "Harbour fair opens", "Stalls along the quay."))
        assert (await shell("poll", "--once", **urls)).code == 0
        for path in ("/a.xml", "/b.xml"):
            feeds.publish(path, STORY)
        assert (await shell("poll", "--once", **urls)).code == 0
    with sqlite3.connect(shell.folder / "wirewatch.db") as connection:
        ids = dict(connection.execute("SELECT title, story_id FROM entries"))
    connection.close()
    story, fair = ids[STORY.title], ids["Harbour fair opens"]
    shown = (await shell("story", "show", story, **urls)).out.splitlines()
    assert shown[0].startswith(f"“{STORY.title}” (story {story}), since ")
    assert [line[:4] for line in shown[2:]] == ["1 · ", "2 · "]
    split = await shell("story", "split", story, "2", **urls)
    assert "is a story of its own now" in split.out, split.err
    left = (await shell("story", "show", story, **urls)).out.splitlines()
    assert [line[:4] for line in left[2:]] == ["Take", "1 · "]
    undone = await shell("story", "undo", **urls)
    assert f"(story {story}) again." in undone.out, undone.err
    assert (await shell("story", "show", story, **urls)).out.splitlines() == shown
    merged = await shell("story", "merge", story, fair, **urls)
    assert "from now on" in merged.out, merged.err
    again = (await shell("story", "show", f"#{fair.upper()}", **urls)).out.splitlines()
    assert again[0].startswith("“") and f"(story {story})" in again[0]
    why = f"People said that story {fair} is the same."
    assert again[2] == f"Merged into it: story {fair} — {why}"


async def test_a_story_that_is_not_there_is_said_plainly(shell: Shell) -> None:
    urls = shell.write("urls.txt", NOBODY)
    for words in (["show", "nowhere"], ["split", "nowhere", "2"], ["merge", "nowhere", "else"]):
        done = await shell("story", *words, WIREWATCH_FEEDS__FILE=urls)
        assert (done.code, done.err) == (
            1,
            "There is no story “nowhere”. The foot of each post shows its story's id.\n",
        )
