from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from bot.feeds.addresses import feed_id
from bot.feeds.catalogue import feed_lines, read_catalogue
from bot.model.feed import Feed


def mistakes(text: str) -> list[str]:
    return [str(each) for each in read_catalogue(text, "feeds.yaml")[1]]


def test_yaml_gives_feeds_with_all_they_say() -> None:
    feeds, wrong = read_catalogue(
        """
feeds:
  - url: https://gazette.example/rss
    outlet: Harbour Gazette
  - url: https://courrier.example/atom
    outlet: Courrier
    publisher: Presse du Port
    every: 90s
    language: fr
    tags: [world, ports]
    id: courrier
""",
        "feeds.yaml",
    )
    assert not wrong
    assert feeds == (
        Feed(
            feed_id("https://gazette.example/rss"),
            "https://gazette.example/rss",
            outlet="Harbour Gazette",
            publisher="Harbour Gazette",
        ),
        Feed(
            "courrier",
            "https://courrier.example/atom",
            outlet="Courrier",
            publisher="Presse du Port",
            every=timedelta(seconds=90),
            language="fr",
            tags=frozenset({"world", "ports"}),
        ),
    )


def test_plain_list_names_outlets_after_their_hosts() -> None:
    feeds, wrong = read_catalogue(
        "# mine\n\nhttps://a.example/f#top\nhttp://b.example:8080/f  # slow\n", "urls.txt"
    )
    assert not wrong
    assert [(feed.url, feed.outlet) for feed in feeds] == [
        ("https://a.example/f#top", "a.example"),
        ("http://b.example:8080/f", "b.example"),
    ]


def test_plain_list_is_read_without_the_yaml_library() -> None:
    code = (
        "import sys; from bot.feeds.catalogue import read_catalogue;"
        "read_catalogue('https://a.example/f', 'urls.txt'); print('yaml' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_mistake_is_told_at_once_and_the_right_feeds_are_kept() -> None:
    text = """feeds:
  - url: https://good.example/rss
    outlet: Good
  - url: ftp://old.example/rss
    outlet: Old
    colour: blue
  - outlet: Nowhere
    every: often
  - url: https://good.example/rss
    outlet: Good again
  - just words
"""
    feeds, wrong = read_catalogue(text, "feeds.yaml")
    assert [feed.outlet for feed in feeds] == ["Good"]
    assert [mistake.at for mistake in wrong] == [
        "feeds.yaml:6",
        "feeds.yaml:4",
        "feeds.yaml:7",
        "feeds.yaml:8",
        "feeds.yaml:9",
        "feeds.yaml:11",
    ]
    assert all(mistake.message and mistake.hint for mistake in wrong)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("feeds:\n  - url: [a\n", "feeds.yaml:3: This is not YAML"),
        ("feeds:\n  - url: \x00\n", "feeds.yaml:1: This is not YAML"),
        ("", "feeds.yaml:1: There are no feeds in it."),
        ("feeds: []\n", "feeds.yaml:1: There are no feeds in it."),
        ("words\n", "feeds.yaml:1: There is no `feeds:` in it."),
        ("feed:\n  - a\n", 'feeds.yaml:1: "feed" means nothing here.'),
        ("feeds: yes\n", "feeds.yaml:1: `feeds:` is not a list."),
        ("https://a.example/f\nnonsense\n", "feeds.yaml:2: This url is not an address."),
        ("https://a.example/f\nhttps://a.example/f\n", "feeds.yaml:2: This url is in line 1"),
        ("https://a.example/one two\n", "feeds.yaml:1: This url is not an address."),
        ("https://a.example:port/f\n", "feeds.yaml:1: This url is not an address."),
        (
            "feeds:\n- {url: https://a.example, outlet: A, id: x}\n"
            "- {url: https://b.example, outlet: B, id: x}\n",
            'feeds.yaml:3: The id "x" belongs to the feed in line 2.',
        ),
        (
            "feeds:\n- url: https://a.example\n  outlet: A\n  outlet: B\n",
            "feeds.yaml:4: `outlet` is in line 3 already.",
        ),
        ("feeds:\n- {url: https://a.example, outlet: A, every: 5s}\n", 'feeds.yaml:2: "5s" is not'),
        (
            "feeds:\n- {url: https://a.example, outlet: A, language: Klingon!}\n",
            'feeds.yaml:2: "Klingon!" is not a language.',
        ),
        ("feeds:\n- {url: https://a.example, outlet: A, tags: world}\n", "feeds.yaml:2: `tags`"),
        ("feeds:\n- {url: https://a.example, outlet: [A]}\n", "feeds.yaml:2: `outlet` is not a"),
        (
            'feeds:\n- {url: https://a.example, outlet: "\\ud800"}\n',
            "feeds.yaml:2: `outlet` is not a text.",
        ),
        (
            'feeds:\n- {url: https://a.example, outlet: A, tags: ["\\ud800"]}\n',
            "feeds.yaml:2: `tags` is not a list.",
        ),
        ('"\\ud800": x\n', "feeds.yaml:1: This key means nothing here."),
        ("feeds: [" * 3_000, "feeds.yaml:1: "),
        ("[" * 100_000, "feeds.yaml:1: It is nested too deeply."),
        ("feeds: &a [*a]\n", "feeds.yaml:1: This feed has no keys."),
        ("feeds: []\nfeeds: []\n", "feeds.yaml:2: `feeds:` is in line 1 already."),
        ("[1, 2]: x\n", "feeds.yaml:1: This key means nothing here."),
        ("#" * 5_000_001, "feeds.yaml:1: It is longer than 5,000,000 characters."),
        ("https://a.example/\ud800\n", "feeds.yaml:1: This url is not an address."),
        (
            "feeds:\n- outlet: A\n  url: https://ann:pw@a.example/f\n",
            "feeds.yaml:3: This address holds a password or a key",
        ),
        (
            "https://a.example/f\nhttps://b.example/f?token=pw\n",
            "feeds.yaml:2: This address holds a password or a key",
        ),
    ],
)
def test_mistake_names_file_line_and_remedy(text: str, told: str) -> None:
    (mistake,) = mistakes(text)
    assert mistake.startswith(told)


@pytest.mark.parametrize(
    "text",
    [
        "ftp://reader:hunter2@a.example/f?token=hunter2\n",
        "https://reader:hunter2@a.example/f\n",
        "feeds:\n- https://reader:hunter2@a.example/f: A\n",
        "https://reader:hunter2@a.example/f: A\nfeeds: []\n",
    ],
)
def test_a_mistake_does_not_repeat_a_password(text: str) -> None:
    said = mistakes(text)
    assert said and "hunter2" not in "".join(said)


def test_a_feed_with_a_secret_is_taken_where_it_can_be_kept() -> None:
    text = "https://ann:1@a.example/f\nhttps://ben:2@a.example/f\nhttps://c.example/f\n"

    def keyed(url: str) -> str:
        return feed_id(url, b"key")

    feeds, wrong = read_catalogue(text, "urls.txt", keyed)
    assert not wrong and len({feed.id for feed in feeds}) == 3
    assert feed_lines(text, keyed) == {feed.id: line for line, feed in enumerate(feeds, start=1)}
