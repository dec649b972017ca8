"""The command line: `wirewatch`, the same as `python -m bot`.

Exit codes: 0 all well, 1 problems were found, 2 the command was not understood.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import __version__
from bot.model.errors import Mistake

if TYPE_CHECKING:
    from bot.commands.vocabulary import FeedCommand, Reply, StoryCommand
    from bot.wiring.settings import Settings

# Rooms are imported inside the commands: `poll` and `health` must start without chat libraries.

app = typer.Typer(
    help="One living post per news story, in Discord and Slack.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
feeds_app = typer.Typer(help="What is read.", no_args_is_help=True)
watch_app = typer.Typer(help="What channels asked for.", no_args_is_help=True)
story_app = typer.Typer(help="Which reports tell one event.", no_args_is_help=True)
db_app = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(feeds_app, name="feeds")
app.add_typer(watch_app, name="watch")
app.add_typer(story_app, name="story")
app.add_typer(db_app, name="db")

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The settings file; else WIREWATCH_CONFIG, else the shipped."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]
FeedArgument = Annotated[str, typer.Argument(help="Its id, its address or its outlet's name.")]
StoryArgument = Annotated[
    str, typer.Argument(help="Its id, as at the foot of its post, or the link of the post.")
]


def main() -> None:
    from bot.wiring.logs import set_up_logs

    set_up_logs("error", "console")
    try:
        # Not by app(), which would put a hook for crashes in place of the one that redacts.
        typer.main.get_command(app)()
    except Mistake as mistake:
        typer.echo(str(mistake), err=True)
        sys.exit(1)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"wirewatch {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version_wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def demo(
    fast: Annotated[bool, typer.Option("--fast", help="Play the day in a few seconds.")] = False,
) -> None:
    """Play a news day from local feeds: no token, no network."""
    from bot.wiring.demo.play import play

    asyncio.run(play(seconds=6.0 if fast else 45.0))


@app.command()
def run(config: ConfigOption = None) -> None:
    """Poll the feeds and post to Discord and Slack until stopped."""
    from bot.wiring.build import read_sources
    from bot.wiring.chats import token_mistakes
    from bot.wiring.logs import set_up_logs
    from bot.wiring.run import serve
    from bot.wiring.web import web_mistakes

    settings = _settings(config)
    sources = read_sources(settings)
    _stop_at((*sources.mistakes, *token_mistakes(settings), *web_mistakes(settings)))
    set_up_logs(settings.log_level, settings.log_format)
    asyncio.run(serve(settings, sources))


@app.command()
def check(config: ConfigOption = None) -> None:
    """Find every mistake in the settings, files, feeds, tokens and database; start nothing."""
    from bot.wiring.check import find_mistakes, notes
    from bot.wiring.settings import load_settings

    settings, mistakes = load_settings(config)
    if settings is not None:
        mistakes = (*mistakes, *asyncio.run(find_mistakes(settings)))
    for note in notes():
        typer.echo(note)
    _stop_at(mistakes)
    typer.echo("All is well.")


@app.command()
def poll(
    once: Annotated[bool, typer.Option("--once", help="One whole cycle, then exit.")] = False,
    db: Annotated[Path | None, typer.Option("--db", help="An SQLite file.")] = None,
    feeds: Annotated[
        Path | None, typer.Option("--feeds", help="A feeds.yaml, or a list of addresses.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask every feed once, due or not, down to the outbox; post nothing."""
    from bot.wiring.build import open_newsroom, read_sources
    from bot.wiring.clock import now
    from bot.wiring.logs import set_up_logs

    if not once:
        raise typer.BadParameter("Say poll --once; `wirewatch run` polls for ever.")
    settings = _settings(config, db=db, feeds=feeds)
    sources = read_sources(settings)
    _stop_at(sources.mistakes)
    set_up_logs("warning", settings.log_format)

    async def cycle() -> dict[str, int]:
        async with open_newsroom(settings, sources, now, prune=False) as room:
            # Of a list that was named for once, only its own.
            wanted = sources.feeds if feeds is not None else None
            return (await room.polls.everything(wanted)).counts()

    counts = asyncio.run(cycle())
    _print_counts(counts, as_json)


@app.command()
def replay(
    recorded: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="Entries, one JSON object a line."),
    ],
    entries: Annotated[Path, typer.Option("--entries", help="Where to write entries.")],
    stories: Annotated[Path, typer.Option("--stories", help="Where to write stories.")],
    config: ConfigOption = None,
) -> None:
    """Send recorded entries through the whole middle; no network, the same result every time."""
    from bot.matching.match import Watches
    from bot.pipeline.replay import write_replay
    from bot.wiring.build import read_sources
    from bot.wiring.memory import settle

    sources = read_sources(_settings(config))
    _stop_at(sources.mistakes)
    settle()
    write_replay(recorded, entries, stories, Watches((), sources.topics).topics_of)


@feeds_app.command("list")
def feeds_list(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Every feed of the list, and how its polling stands."""
    from bot.wiring.reports import feed_rows

    _print_rows(asyncio.run(feed_rows(_settings(config))), as_json)


@feeds_app.command("health")
def feeds_health(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """How each feed does: when it was read, what is wrong, how late it tells. 1: one is in trouble."""
    from bot.wiring.reports import feeds_health, health_words

    well, rows = asyncio.run(feeds_health(_settings(config)))
    _print_rows(rows if as_json else [health_words(row) for row in rows], as_json)
    raise typer.Exit(0 if well else 1)


@feeds_app.command("add")
def feeds_add(
    address: Annotated[str, typer.Argument(help="Of a feed, or of a page that names it.")],
    number: Annotated[
        int | None, typer.Option("--number", help="Which of several, as in `feeds find`.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Read a feed from now on, for everybody."""
    from bot.commands.vocabulary import AddFeed

    _ask_of_feeds(config, AddFeed(address, number))


@feeds_app.command("find")
def feeds_find(
    address: Annotated[str, typer.Argument(help="Of a page or a feed.")],
    config: ConfigOption = None,
) -> None:
    """Show which feeds there are at an address."""
    from bot.commands.vocabulary import FindFeeds

    _ask_of_feeds(config, FindFeeds(address))


@feeds_app.command("remove")
def feeds_remove(feed: FeedArgument, config: ConfigOption = None) -> None:
    """Take back a feed that was added here."""
    from bot.commands.vocabulary import RemoveFeed

    _ask_of_feeds(config, RemoveFeed(feed))


@feeds_app.command("test")
def feeds_test(feed: FeedArgument, config: ConfigOption = None) -> None:
    """Show what is read from a feed now; save and post nothing."""
    from bot.commands.vocabulary import TryFeed

    _ask_of_feeds(config, TryFeed(feed))


@feeds_app.command("edit")
def feeds_edit(
    feed: FeedArgument,
    url: Annotated[str | None, typer.Option("--url", help="Its new address.")] = None,
    outlet: Annotated[str | None, typer.Option("--outlet", help="The name for readers.")] = None,
    every: Annotated[
        str | None, typer.Option("--every", help="How often to ask: 30m, 2h, 1d or auto.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Change a feed that was added here."""
    from bot.commands.vocabulary import EditFeed

    _ask_of_feeds(config, EditFeed(feed, url, outlet, every))


@feeds_app.command("pause")
def feeds_pause(feed: FeedArgument, config: ConfigOption = None) -> None:
    """Ask a feed no more, for anybody, until it is resumed."""
    from bot.commands.vocabulary import PauseFeed

    _ask_of_feeds(config, PauseFeed(feed))


@feeds_app.command("resume")
def feeds_resume(feed: FeedArgument, config: ConfigOption = None) -> None:
    """Go on with a paused feed."""
    from bot.commands.vocabulary import ResumeFeed

    _ask_of_feeds(config, ResumeFeed(feed))


@feeds_app.command("import")
def feeds_import(
    opml: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An OPML file.")],
    config: ConfigOption = None,
) -> None:
    """Read every feed of an OPML file, for everybody."""
    from bot.commands.vocabulary import ImportFeeds

    _ask_of_feeds(config, ImportFeeds(opml.read_bytes()))


@feeds_app.command("export")
def feeds_export(config: ConfigOption = None) -> None:
    """Print the feeds that everybody gets, as OPML."""
    from bot.commands.vocabulary import ExportFeeds

    _ask_of_feeds(config, ExportFeeds())


@watch_app.command("list")
def watch_list(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Every watch of every channel."""
    from bot.wiring.reports import watch_rows

    _print_rows(asyncio.run(watch_rows(_settings(config))), as_json)


@story_app.command("show")
def story_show(story: StoryArgument, config: ConfigOption = None) -> None:
    """Show who tells a story, and why each telling stands in it."""
    from bot.commands.vocabulary import ShowStory

    _ask_of_stories(config, ShowStory(story))


@story_app.command("merge")
def story_merge(story: StoryArgument, other: StoryArgument, config: ConfigOption = None) -> None:
    """Tell the other story in this one from now on, for everybody."""
    from bot.commands.vocabulary import MergeStories

    _ask_of_stories(config, MergeStories(story, other))


@story_app.command("split")
def story_split(
    story: StoryArgument,
    tellings: Annotated[list[int], typer.Argument(help="Their numbers in `story show`.")],
    config: ConfigOption = None,
) -> None:
    """Make a story of its own of some tellings, for everybody."""
    from bot.commands.vocabulary import SplitStory

    _ask_of_stories(config, SplitStory(story, tuple(tellings)))


@story_app.command("undo")
def story_undo(config: ConfigOption = None) -> None:
    """Take back the last merge or split, whoever made it."""
    from bot.commands.vocabulary import UndoStory

    _ask_of_stories(config, UndoStory())


@db_app.command("upgrade")
def db_upgrade(config: ConfigOption = None) -> None:
    """Make the database, or bring it up to this version."""
    from bot.wiring.build import database

    settings = _settings(config)

    async def upgrade() -> None:
        storage = database(settings)
        try:
            await storage.upgrade()
        finally:
            await storage.dispose()

    asyncio.run(upgrade())
    typer.echo("The database is up to date.")


@app.command()
def health(config: ConfigOption = None) -> None:
    """Say whether a running service is well; for Docker's HEALTHCHECK."""
    from bot.wiring.reports import service_health

    well, words = asyncio.run(service_health(_settings(config)))
    typer.echo(words)
    raise typer.Exit(0 if well else 1)


def _ask_of_feeds(config: Path | None, command: FeedCommand) -> None:
    from bot.wiring.operator_desk import ask_of_feeds

    _print_reply(asyncio.run(ask_of_feeds(_settings(config), command)))


def _ask_of_stories(config: Path | None, command: StoryCommand) -> None:
    from bot.wiring.operator_desk import ask_of_stories

    _print_reply(asyncio.run(ask_of_stories(_settings(config), command)))


def _settings(config: Path | None, db: Path | None = None, feeds: Path | None = None) -> Settings:
    from pydantic import SecretStr

    from bot.wiring.settings import load_settings

    settings, mistakes = load_settings(config)
    _stop_at(mistakes)
    assert settings is not None
    if db is not None:
        settings = settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{db}")})
    if feeds is not None:
        listed = settings.feeds.model_copy(update={"file": feeds})
        settings = settings.model_copy(update={"feeds": listed})
    return settings


def _stop_at(mistakes: Sequence[Mistake]) -> None:
    for mistake in mistakes:
        typer.echo(str(mistake), err=True)
    if mistakes:
        raise typer.Exit(1)


def _print_reply(reply: Reply) -> None:
    # A file goes to standard output alone, so that it can be sent into one.
    for line in (reply.text, *reply.lines):
        typer.echo(line, err=reply.file is not None)
    if reply.file:
        typer.echo(reply.file.text)


def _print_counts(counts: dict[str, int], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(counts))
    else:
        typer.echo(" · ".join(f"{name} {number}" for name, number in counts.items()))


def _print_rows(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    if not rows:
        typer.echo("None.")
        return
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*row.values())
    Console().print(table, markup=False)
