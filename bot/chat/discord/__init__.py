"""Discord: slash commands in by the gateway, embeds out by REST.

In: a person's command, a `Bulletin` with its reason and nonce. Out: a `Reply` shown to that person
alone, an `Outcome` for every call. The only door to discord.py.
"""
