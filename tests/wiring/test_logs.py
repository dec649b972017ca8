import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.wiring.logs import redact

DISCORD = "M" + "T" * 23 + ".Gabcde." + "k" * 38
SLACK_BOT = "xoxb-" + "1234-5678-abcDEF"
SLACK_APP = "xapp-" + "1-A1-2-abcdef"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"401 for {DISCORD}", DISCORD),
        (f"Bearer {SLACK_BOT}", SLACK_BOT),
        (f"connect with {SLACK_APP}", SLACK_APP),
        ("POST https://discord.com/api/v10/webhooks/123456/ab-C_d", "ab-C_d"),
        ("POST https://hooks.slack.com/services/T1/B2/k3y", "k3y"),
        ("postgresql://ww:hunter2@db/ww refused", "hunter2"),
        ("GET https://feeds.example/private?user=ann&key=s3cret", "s3cret"),
        ("GET https://feeds.example/private?user=ann&key=s3cret", "ann"),
        ("GET https://feeds.example/private?s3cret", "s3cret"),
        ("GET https://feeds.example/private?s3cret&user=ann", "s3cret"),
        ("GET https://feeds.example/private?a[]=s3cret", "s3cret"),
        ("GET https://feeds.example/private?a%5B%5D=s3cret", "s3cret"),
        ("GET https://feeds.example/private;token=s3cret/rss", "s3cret"),
        ("GET /private?a[0]=s3cret HTTP/1.1", "s3cret"),
        ("GET https://feeds.example/r?to=https://b.example/?token=s3cret", "s3cret"),
        ("postgresql://ww:p@ss@db/ww refused", "ss@"),
        ("postgresql://ww:pa/s3s@db/ww refused", "s3s"),
        ("https://s3cret@feeds.example/rss", "s3cret"),
        (f"no {DISCORD[:-28]}", DISCORD[:-28]),
        (repr(f"line\n{DISCORD} {SLACK_BOT}"), DISCORD),
        (repr(f"line\n{SLACK_BOT}"), SLACK_BOT),
    ],
)
def test_no_secret_stays_in_a_log_line(text: str, secret: str) -> None:
    assert secret not in redact(text)


def test_an_address_without_secrets_stays_as_it_is() -> None:
    line = "polled https://feeds.example/world/rss.xml in 0.2 s"
    assert redact(line) == line


@pytest.mark.parametrize("form", ["console", "json"])
def test_no_secret_stays_in_a_crash(form: str) -> None:
    program = (
        "from bot.wiring.logs import set_up_logs\n"
        f"set_up_logs('info', {form!r})\n"
        f"import logging; logging.getLogger('x').warning('lib says %s', {SLACK_BOT!r})\n"
        f"raise ValueError({DISCORD!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert "ValueError" in done.stderr and "lib says" in done.stderr
    assert DISCORD not in done.stderr and SLACK_BOT not in done.stderr


@pytest.mark.parametrize("form", ["console", "json"])
def test_no_secret_stays_in_a_field_of_any_kind(form: str) -> None:
    program = (
        "import structlog\n"
        "from bot.wiring.logs import set_up_logs\n"
        f"set_up_logs('info', {form!r})\n"
        f"token = {SLACK_BOT!r}\n"
        "structlog.get_logger().warning('odd', error=ValueError(token), listed=[1, (token,)],\n"
        "    table={token: {'deep': token.encode()}}, count=3)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "ValueError" in done.stderr and "[token]" in done.stderr and "3" in done.stderr
    assert SLACK_BOT not in done.stderr
    if form == "json":
        assert json.loads(done.stderr)["count"] == 3


@pytest.mark.parametrize("command", ["check", "health", "feeds list"])
def test_no_secret_stays_in_a_crash_of_any_command(command: str, tmp_path: Path) -> None:
    program = (
        "import sys; from bot.wiring import cli, settings\n"
        f"def crash(config): raise ValueError({SLACK_BOT!r})\n"
        "settings.load_settings = crash\n"
        f"sys.argv[1:] = {command.split()!r}\n"
        "cli.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )  # fmt: skip
    assert done.returncode == 1
    assert "crashed" in done.stderr and "[token]" in done.stderr
    assert SLACK_BOT not in done.stderr


@pytest.mark.parametrize(
    "line", ["a" * 100_000, "a://" * 4_000, "?a=" * 30_000, "https://x/?" * 4_000, ";a:" * 30_000]
)
def test_a_long_line_takes_linear_time(line: str) -> None:
    started = time.process_time()
    redact(line)
    assert time.process_time() - started < 5
