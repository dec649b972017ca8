"""Both directions of each platform: commands in, bulletins out.

In: slash commands, made into a `Command` and its `Caller`; bulletins from the outbox. Out: replies
that only the caller sees; messages, edits and what became of them. Rooms for Discord, Slack and the
console, which do not know each other.
"""
