"""wirewatch: one living post per news story, in Discord and Slack."""

__version__ = "0.1.0"
