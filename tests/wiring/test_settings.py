"""Where settings come from, which wins, and how mistakes in them read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.model.errors import Mistake
from bot.wiring.setting_mistakes import PREFIX
from bot.wiring.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in [v for v in os.environ if v.startswith(PREFIX)]:
        monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)


def loaded(text: str = "") -> Settings:
    Path("w.toml").write_text(text)
    settings, mistakes = load_settings(Path("w.toml"))
    assert settings is not None and not mistakes, [str(mistake) for mistake in mistakes]
    return settings


def mistakes_in(text: str = "") -> list[str]:
    Path("w.toml").write_text(text)
    settings, mistakes = load_settings(Path("w.toml"))
    assert settings is not None or "This is not TOML" in str(mistakes[0])
    return [str(mistake) for mistake in mistakes]


def test_the_shipped_file_holds_no_mistake() -> None:
    settings, mistakes = load_settings(None)
    assert settings is not None and not mistakes
    assert settings.database_url.get_secret_value() == "sqlite:///wirewatch.db"


def test_the_environment_stands_above_the_file_and_the_file_above_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "[poll_interval]\nfloor = 60\nceiling = 120\n"
    monkeypatch.setenv("WIREWATCH_POLL_INTERVAL__FLOOR", "30")
    settings = loaded(text)
    assert (settings.poll_interval.floor, settings.poll_interval.ceiling) == (30, 120)
    assert settings.feeds.host_gap == 1.0


def test_lists_come_from_the_environment_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREWATCH_FEEDS__ALLOW_ADDRESSES", '["127.0.0.0/8", "fd00::/8"]')
    assert [str(net) for net in loaded().feeds.allow_addresses] == ["127.0.0.0/8", "fd00::/8"]


def test_a_secret_comes_from_a_file_and_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("token").write_text("made-up-token\n")
    monkeypatch.setenv("WIREWATCH_DISCORD__TOKEN_FILE", "token")
    settings = loaded()
    assert settings.discord.token is not None
    assert settings.discord.token.get_secret_value() == "made-up-token"
    assert "made-up-token" not in repr(settings)


def test_a_secret_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREWATCH_SLACK__BOT_TOKEN_FILE", "nowhere")
    [said] = mistakes_in()
    assert said.startswith("WIREWATCH_SLACK__BOT_TOKEN_FILE: The file nowhere cannot be read")


def test_watches_can_stand_in_the_file() -> None:
    [watch] = loaded(
        '[[watch]]\nplatform = "slack"\nworkspace = "T1"\nchannel = "C1"\nquery = "drawdown"\n'
    ).watch
    assert (watch.platform, watch.channel, watch.query) == ("slack", "C1", "drawdown")
    assert watch.at == "w.toml:1"


def test_what_is_right_is_kept_beside_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREWATCH_FEEDS__HOST_GAP", "-1")
    watch = '[[watch]]\nplatform = "{}"\nchannel = "c"\nquery = "q"\n'
    Path("w.toml").write_text(
        '[feeds]\nfile = "mine.yaml"\nfil = 1\n[poll_interval]\nfloor = 9\nceiling = 1\nx = 1\n'
        + watch.format("irc") + watch.format("console")
    )  # fmt: skip
    settings, mistakes = load_settings(Path("w.toml"))
    assert settings is not None
    assert settings.feeds.file == Path("mine.yaml")
    assert [kept.at for kept in settings.watch] == ["w.toml:12"]
    said = "\n".join(map(str, mistakes))
    for at in ("w.toml:3: ", "w.toml:7: ", "w.toml:9: watch.0.platform", "FEEDS__HOST_GAP: "):
        assert at in said
    assert "floor is above its ceiling" in said  # seen once the stranger beside it is out


def test_a_list_in_the_environment_that_is_no_json_is_a_mistake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WIREWATCH_WATCH", "[drawdown")
    [said] = mistakes_in()
    assert "watch" in said and "as JSON" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'log_level = "info"\n[discord]\ntokn = "x"\n',
            "w.toml:3: There is no setting discord.tokn. Did you mean discord.token?",
        ),
        ("log_leve = 1\n", "w.toml:1: There is no setting log_leve. Did you mean log_level?"),
        ("[feeds]\nhost_gap = -1\n", "w.toml:2: feeds.host_gap: "),
        ("discord.api_ur = 1\n", "w.toml:1: There is no setting discord.api_ur."),
        ('[[watch]]\nplatform = "irc"\nchannel = "c"\nquery = "q"\n', "w.toml:2: watch.0.platform"),
        (
            '[[watch]]\nplatform = "console"\nchannel = "c"\nquery = "q"\n'
            '[[watch]]\nplatform = "console"\nchannel = "c"\n',
            "w.toml:5: watch.1.query: ",
        ),
        (
            '[[watch]]\nat = "x"\nplatform = "console"\nchannel = "c"\nquery = "q"\n',
            "w.toml:2: There is no setting watch.0.at",
        ),
        ("[poll_interval\n", "w.toml:1: This is not TOML"),
        ("[feeds]\nhost_gap = inf\n", "w.toml:2: feeds.host_gap: "),
        ("[feeds]\nhost_gap = nan\n", "w.toml:2: feeds.host_gap: "),
        ("[feeds]\nhost_gap = 1e300\n", "w.toml:2: feeds.host_gap: "),
        ("[poll_interval]\nceiling = 1e300\n", "w.toml:2: poll_interval.ceiling: "),
        ("[delivery]\nread_back_after = inf\n", "w.toml:2: delivery.read_back_after: "),
        ('secret_key = "short"\n', "w.toml:1: secret_key: "),
        ('secret_key = ""\n', "w.toml:1: secret_key: "),
        ("[poll_interval]\nfloor = 600\nceiling = 60\n", "floor is above its ceiling"),
    ],
)
def test_a_mistake_in_the_file_names_its_line_and_a_remedy(text: str, said: str) -> None:
    [found] = mistakes_in(text)
    assert said in found


def test_all_mistakes_are_found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREWATCH_SLACK__BOTTOKEN", "x")
    monkeypatch.setenv("WIREWATCH_FRODS", "x")
    found = "\n".join(mistakes_in("[discord]\ntokn = 1\n[feeds]\nhost_gap = -1\n"))
    assert "Did you mean slack.bot_token?" in found
    assert "WIREWATCH_FRODS: There is no such setting." in found
    assert "discord.tokn" in found and "feeds.host_gap" in found


def test_no_secret_is_quoted_in_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREWATCH_DATABASE_URL", "")
    monkeypatch.setenv("WIREWATCH_DISCORD__TOKEN", "hunter2")
    found = mistakes_in('[slack]\nbot_token = ["hunter2"]\n')
    assert found and "hunter2" not in "".join(found)


def test_a_file_that_is_nested_deeply_is_a_mistake() -> None:
    Path("w.toml").write_text("a = " + "[" * 100_000)
    settings, [mistake] = load_settings(Path("w.toml"))
    assert settings is None and str(mistake).startswith("w.toml: It is nested too deeply.")


def test_several_keys_stand_in_one_file_and_none_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREWATCH_SECRET_KEY_FILE", "key")
    Path("key").write_text(f"{'new' * 11}\n{'old' * 11}\n")
    assert loaded().secret_keys == ("new" * 11, "old" * 11)
    Path("key").write_text(f"{'new' * 11}\nhunter2\n")
    [said] = mistakes_in()
    assert said.startswith("WIREWATCH_SECRET_KEY_FILE: ") and "hunter2" not in said


def test_without_a_key_there_is_none() -> None:
    assert loaded().secret_keys == ()


def test_a_file_that_is_asked_for_and_not_there_is_a_mistake() -> None:
    settings, [mistake] = load_settings(Path("nowhere.toml"))
    assert settings is None and isinstance(mistake, Mistake)
    assert str(mistake).startswith("nowhere.toml: The settings file cannot be read")
