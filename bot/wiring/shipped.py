"""Where the files that come with wirewatch are: `config/` and `feeds.yaml`.

In a checkout they stand beside the package; a wheel carries them inside it.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_DEFAULTS = _PACKAGE / "defaults"
ROOT = _DEFAULTS if _DEFAULTS.is_dir() else _PACKAGE.parent

FEEDS = ROOT / "feeds.yaml"
TOPICS = ROOT / "config" / "topics"
SETTINGS = ROOT / "config" / "wirewatch.toml"
SLACK_MANIFEST = ROOT / "config" / "slack-app-manifest.yaml"
