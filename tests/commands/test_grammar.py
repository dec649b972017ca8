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
        ("watch fly away", "“fly” is no command. Try: watch add drawdown"),
        ("frobnicate", "“frobnicate” is no command."),
    ],
)
def test_what_cannot_be_read_is_answered_with_an_example(words: str, said: str) -> None:
    with pytest.raises(Mistake) as mistake:
        read_words(words)
    assert said in str(mistake.value)
