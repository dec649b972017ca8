"""
WirewatchError
├── Mistake        a person's mistake: shown as written, never with a traceback
├── PlatformDown   a chat platform cannot be reached to begin with; trying again may help
└── LeaseLost      another worker took this ticket over; what this one knows is worthless

What is expected of other people's servers is not here: it is a value (`Unreachable`, `Refused`).
Anything else that is raised is a bug.
"""


class WirewatchError(Exception):
    """Something went wrong in wirewatch."""


class Mistake(WirewatchError):
    """A person's mistake: what happened, then what to do."""

    def __init__(self, message: str, hint: str = "", at: str = "") -> None:
        super().__init__(message, hint, at)
        self.message = message
        self.hint = hint
        self.at = at
        """Where it stands, as ``feeds.yaml:12`` or ``wirewatch.toml: discord.token``; or empty."""

    def __str__(self) -> str:
        where = f"{self.at}: " if self.at else ""
        return f"{where}{self.message}" + (f" {self.hint}" if self.hint else "")


class PlatformDown(WirewatchError):
    """A chat platform cannot be reached; the text says which, where and why."""


class LeaseLost(WirewatchError):
    """The lease on a ticket ended before its result was recorded."""

    def __init__(self, ticket_id: int) -> None:
        super().__init__(f"ticket {ticket_id}: {self.__doc__}")
        self.ticket_id = ticket_id
