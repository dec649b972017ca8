"""What the operator decides: `wirewatch.toml`, then the environment, then secrets from files.

A variable is the key's path with ``__`` between levels: ``WIREWATCH_DISCORD__TOKEN``. A secret may
instead be named by a file, as ``WIREWATCH_DISCORD__TOKEN_FILE``.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.networks import AnyHttpUrl, IPvAnyNetwork
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from bot.model.errors import Mistake
from bot.model.watch import Platform
from bot.wiring import shipped
from bot.wiring.setting_mistakes import (
    PREFIX,
    Lines,
    line_of,
    lines_of,
    mistake_of,
    unknown_variables,
)

CONFIG_VARIABLE = "WIREWATCH_CONFIG"
SECRETS = ("DATABASE_URL", "SECRET_KEY", "DISCORD__TOKEN", "SLACK__BOT_TOKEN", "SLACK__APP_TOKEN")
SHORTEST_KEY = 32
"""Characters of a secret key."""
A_DAY = 86_400.0
"""Seconds."""


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DiscordSettings(Section):
    token: SecretStr | None = Field(default=None, description="The bot's token.")
    api_url: str = Field(default="https://discord.com/api/v10", description="For proxies.")
    gateway_url: str | None = Field(
        default=None, description="Instead of the one that the API names."
    )


class SlackSettings(Section):
    bot_token: SecretStr | None = Field(default=None, description="Begins with xoxb-.")
    app_token: SecretStr | None = Field(
        default=None, description="Begins with xapp-, for Socket Mode."
    )
    api_url: str = Field(default="https://slack.com/api/", description="For proxies and gateways.")


class FeedSettings(Section):
    file: Path = Field(default=shipped.FEEDS, description="The list of feeds.")
    contact: str | None = Field(
        default=None, description="Your address, told to outlets in the User-Agent; please set it."
    )
    allow_addresses: tuple[IPvAnyNetwork, ...] = Field(
        default=(), description="Private networks that feeds may be read from; none by default."
    )
    host_gap: float = Field(
        default=1.0, ge=0, le=A_DAY, description="Seconds between two requests to one host."
    )
    host_concurrency: int = Field(default=1, ge=1, description="Requests to one host at a time.")


class PollInterval(Section):
    floor: float = Field(
        default=300.0, gt=0, le=A_DAY, description="Ask no feed more often than this; seconds."
    )
    ceiling: float = Field(
        default=3600.0,
        gt=0,
        le=31 * A_DAY,
        description="Ask every healthy feed this often; seconds.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.floor > self.ceiling:
            raise ValueError("the floor is above its ceiling")
        return self


class DeliverySettings(Section):
    # The 25 s that a call may take, and 90 s for a request to land whose sender has died.
    read_back_after: float = Field(
        default=115.0,
        ge=0,
        le=A_DAY,
        description="Seconds after an attempt before a channel's history is trusted to show that "
        "the post did not arrive.",
    )


class WebSettings(Section):
    public_url: AnyHttpUrl | None = Field(
        default=None,
        description="Where the outside reaches wirewatch, so that hubs can push news; without it "
        "nothing listens.",
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="The port to listen on.")


class DeclaredWatch(Section):
    """A watch that stands in the file instead of being asked for in chat."""

    at: str = Field(default="WIREWATCH_WATCH", alias="its place")
    """File and line; `load_settings` puts it there."""
    platform: Platform
    workspace: str = ""
    channel: str
    query: str


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    database_url: SecretStr = Field(
        default=SecretStr("sqlite:///wirewatch.db"),
        description="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Seals what is secret in the database. To change it, put the new one before "
        "the old one, with a space between.",
    )
    topics: Path = Field(default=shipped.TOPICS, description="The folder of topic definitions.")
    log_format: Literal["console", "json"] = Field(
        default="console", description="How logs are written."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is written."
    )
    discord: DiscordSettings = DiscordSettings()
    slack: SlackSettings = SlackSettings()
    feeds: FeedSettings = FeedSettings()
    poll_interval: PollInterval = PollInterval()
    delivery: DeliverySettings = DeliverySettings()
    web: WebSettings = WebSettings()
    watch: tuple[DeclaredWatch, ...] = ()

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The one that seals first."""
        return tuple(self.secret_key.get_secret_value().split()) if self.secret_key else ()

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            keys = secret.get_secret_value().split()
            if not keys or min(map(len, keys)) < SHORTEST_KEY:
                raise ValueError(f"a key has at least {SHORTEST_KEY} characters, and no space")
        return secret

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # load_settings lays the environment over the file itself, to take out what is wrong.
        return (init_settings,)


def _with_secret_files(
    variables: Mapping[str, str | None],
) -> tuple[dict[str, str | None], list[Mistake]]:
    """Each ``…_FILE`` of a secret replaced by the secret itself; names are in small letters."""
    read = dict(variables)
    mistakes: list[Mistake] = []
    for secret in SECRETS:
        name = f"{PREFIX}{secret}_FILE"
        path = read.pop(name.lower(), None)
        if path is None:
            continue
        try:
            text = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            mistakes.append(
                Mistake(
                    f"The file {path} cannot be read ({type(error).__name__}).",
                    "Name a readable text file that holds only the secret.",
                    at=name,
                )
            )
        else:
            read[f"{PREFIX}{secret}".lower()] = text
    return read, mistakes


def load_settings(config: Path | None) -> tuple[Settings | None, tuple[Mistake, ...]]:
    """The settings without what is wrong in them, and every mistake; None for no TOML at all.

    `config` is the TOML file asked for; without one ``WIREWATCH_CONFIG`` names it, else
    ``config/wirewatch.toml`` in the working directory or the one shipped is read.
    """
    path = _config_path(config)
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        return None, (
            Mistake(
                f"The settings file cannot be read ({type(error).__name__}).",
                "Give a readable file with --config, or leave it out.",
                at=str(path),
            ),
        )
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        at = f"{path}:{line[1]}" if line else str(path)
        return None, (Mistake(f"This is not TOML: {error}.", "Mend the line.", at=at),)
    except RecursionError:
        return None, (Mistake("It is nested too deeply.", "Make it flatter.", at=str(path)),)
    lines = lines_of(text)
    _place_watches(values, path, lines)
    environment, mistakes = _environment()
    values = _laid_over(values, environment)
    while True:
        try:
            settings = Settings(**values)
        except ValidationError as error:
            mistakes += [
                mistake_of(problem, path, lines, settings_keys(), os.environ)
                for problem in error.errors()
            ]
            values = _without(values, [problem["loc"] for problem in error.errors()])
        else:
            keys = {*settings_keys(), "watch"}
            known = {CONFIG_VARIABLE, *(f"{PREFIX}{secret}_FILE" for secret in SECRETS)}
            return settings, (*mistakes, *unknown_variables(os.environ, keys, known))


def _environment() -> tuple[dict[str, Any], list[Mistake]]:
    source = EnvSettingsSource(Settings)
    source.env_vars, mistakes = _with_secret_files(source.env_vars)
    try:
        return source(), mistakes
    except SettingsError as error:
        mistakes.append(Mistake(f"The environment: {error}.", "Write lists and tables as JSON."))
        return {}, mistakes


def _place_watches(values: dict[str, Any], path: Path, lines: Lines) -> None:
    watches = values.get("watch")
    if isinstance(watches, list):
        for number, watch in enumerate(watches):
            if isinstance(watch, dict):
                watch["its place"] = f"{path}{line_of(('watch', str(number)), lines)}"


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    laid = dict(below)
    for key, value in above.items():
        under = laid.get(key)
        if isinstance(value, dict) and isinstance(under, dict):
            laid[key] = _laid_over(under, value)
        else:
            laid[key] = value
    return laid


def _without(values: Mapping[str, Any], wrong: Iterable[tuple[int | str, ...]]) -> dict[str, Any]:
    """The values but for the wrong ones: a key, a key of a table, or a whole watch."""
    left = dict(values)
    taken = {loc[:2] for loc in wrong}
    for name in {loc[0] for loc in taken}:
        held = values[str(name)]
        inner = {loc[1] for loc in taken if loc[0] == name and len(loc) > 1}
        if isinstance(held, dict) and inner & held.keys():
            left[str(name)] = {key: value for key, value in held.items() if key not in inner}
        elif isinstance(held, list) and inner:
            left[str(name)] = [each for n, each in enumerate(held) if n not in inner]
        else:
            del left[str(name)]
    return left


def _config_path(config: Path | None) -> Path:
    if config is not None:
        return config
    if named := os.environ.get(CONFIG_VARIABLE):
        return Path(named)
    here = Path("config/wirewatch.toml")
    return here if here.is_file() else shipped.SETTINGS


def settings_keys() -> dict[str, str]:
    """Every key, as ``discord.token``, and what it is for."""
    keys: dict[str, str] = {}
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, Section):
            for inner, about in type(field.default).model_fields.items():
                keys[f"{name}.{inner}"] = about.description or ""
        elif name != "watch":
            keys[name] = field.description or ""
    return keys
