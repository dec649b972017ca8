"""What people ask of the bot, whatever they ask it through.

In: words or typed options, as a `Command`, and the `Caller` who gave it. Out: a `Reply`. Knows no
platform; rights are checked here as well as on the platform.
"""
