import pytest

from bot.commands import vocabulary as say
from bot.commands.grammar import read_words
from bot.model.errors import Mistake


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("watch add drawdown", say.AddWatch("drawdown")),
        ("  Watch   ADD  rockets OR mortars ", say.AddWatch("rockets OR mortars")),
        ('subscribe "green zone" -drill', say.AddWatch('"green zone" -drill')),
        ("watch", say.ListWatches()),
        ("watch list", say.ListWatches()),
        ("list", say.ListWatches()),
        ("watch remove 7", say.RemoveWatch(7)),
        ("unsubscribe #7", say.RemoveWatch(7)),
        ("watch test rockets baghdad", say.TryWatch("rockets baghdad")),
        ("feed add https://a.example/rss", say.AddFeed("https://a.example/rss")),
        ("feed subscribe a.example 2", say.AddFeed("a.example", 2)),
        ("subscribe https://a.example/rss", say.AddFeed("https://a.example/rss")),
        ("unsubscribe <https://a.example/rss>", say.RemoveFeed("<https://a.example/rss>")),
        ("feeds", say.ListFeeds()),
        ("feed list", say.ListFeeds()),
        ("FEED Find a.example", say.FindFeeds("a.example")),
        ("feed remove Baghdad Courier", say.RemoveFeed("Baghdad Courier")),
        ("feed unsubscribe Courier", say.RemoveFeed("Courier")),
        ("feed test Courier", say.TryFeed("Courier")),
        ("feed pause Courier", say.PauseFeed("Courier")),
        ("feed resume Courier", say.ResumeFeed("Courier")),
        ("feed status", say.FeedStatus()),
        ("feed status Courier", say.FeedStatus("Courier")),
        ("feed import https://a.example/l", say.ImportFeeds("https://a.example/l")),
        ("feed export", say.ExportFeeds()),
        ("feed edit The Courier every=30m", say.EditFeed("The Courier", every="30m")),
        (
            'feed edit abc url=https://b.example/?a=1 outlet="The Post" every=auto',
            say.EditFeed("abc", "https://b.example/?a=1", "The Post", "auto"),
        ),
        ("feed help", say.Help()),
        ("story show ab23cd45ef", say.ShowStory("ab23cd45ef")),
        ("Story SHOW #AB23CD45EF", say.ShowStory("#AB23CD45EF")),
        (
            "story show <https://acme.slack.com/archives/C1/p1605614400123456>",
            say.ShowStory("<https://acme.slack.com/archives/C1/p1605614400123456>"),
        ),
        ("story merge ab23cd45ef  mn67op23qr", say.MergeStories("ab23cd45ef", "mn67op23qr")),
        ("story split ab23cd45ef 3", say.SplitStory("ab23cd45ef", (3,))),
        ("story split ab23cd45ef 3, 5 #4 3", say.SplitStory("ab23cd45ef", (3, 5, 4))),
        ("story undo", say.UndoStory()),
        ("story", say.Help()),
        ("stories help", say.Help()),
        ("", say.Help()),
        ("help", say.Help()),
        ("watch help", say.Help()),
    ],
)
def test_words_are_read(words: str, command: say.Command) -> None:
    assert read_words(words) == command


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("watch add", "For example: watch add drawdown"),
        ("watch remove", "For example: watch remove 7"),
        ("watch remove seven", "watch list shows the numbers"),
        ("watch remove -1", "watch list shows the numbers"),
        ("watch remove " + "7" * 5000, "watch list shows the numbers"),
        ("feed add", "For example: feed add https://example.org"),
        ("feed add a.example two", "“two” is no feed's number. feed find shows the numbers."),
        ("feed edit", "For example: feed edit Courier every=30m"),
        ("feed import", "For example: feed import https://example.org/feeds.opml"),
        ("feed pause", "For example: feed pause Courier"),
        ("feed fly", "“feed fly” is no command. Try: feed add https://example.org"),
        ("story show", "For example: story show ab23cd45ef"),
        ("story merge", "For example: story merge ab23cd45ef mn67op23qr"),
        ("story merge ab23cd45ef", "Say the other story too. For example: story merge ab23cd45ef"),
        ("story split ab23cd45ef", "Say which tellings too. For example: story split ab23cd45ef 3"),
        ("story split ab23cd45ef 3 or 5", "“or” is no telling's number. story show shows the num"),
        ("story tell", "“story tell” is no command. Try: story show ab23cd45ef"),
        ("watch fly away", "“fly” is no command. Try: watch add drawdown"),
        ("frobnicate", "“frobnicate” is no command."),
    ],
)
def test_what_cannot_be_read_is_answered_with_an_example(words: str, said: str) -> None:
    with pytest.raises(Mistake) as mistake:
        read_words(words)
    assert said in str(mistake.value)
